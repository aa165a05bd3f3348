import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { python } from "../tools.ts";

/** What `sign.py` signs. */
export interface SigningJob {
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly region: string;
  readonly service: string;
  readonly date: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload_hash: string;
}

/** Signs requests with botocore. @returns The values of Authorization. */
export async function signWithBotocore(jobs: readonly SigningJob[]): Promise<string[]> {
  const script = fileURLToPath(new URL("./sign.py", import.meta.url));
  const command = new Deno.Command(python, {
    args: [script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(jobs.map((job) => `${JSON.stringify(job)}\n`).join("")),
  );
  await writer.close();
  const { stdout, stderr } = await output;
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.equal(lines.length, jobs.length, new TextDecoder().decode(stderr));
  return lines.map((line) => JSON.parse(line));
}
