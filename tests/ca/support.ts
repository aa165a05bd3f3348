import { strict as assert } from "node:assert";
import { join } from "node:path";
import { CertificateAuthority } from "../../src/ca/certificate_authority.ts";
import type { TempDir } from "../support/temp_dir.ts";

/** The system roots of every test: none of this machine's, one file that the test writes. */
export async function openCa(
  directory: string,
  options: { now?: () => number; extraAnchors?: readonly string[]; roots?: string } = {},
): Promise<CertificateAuthority> {
  return await CertificateAuthority.open({
    directory,
    now: options.now ?? Date.now,
    hostname: "test-host",
    ...(options.extraAnchors === undefined ? {} : { extraAnchors: options.extraAnchors }),
    ...(options.roots === undefined ? {} : { sslCertFile: options.roots }),
  });
}

/** A CA directory whose CA exists, and the paths of its files. */
export async function madeCa(folder: TempDir) {
  const directory = folder.join("ca");
  const ca = await openCa(directory);
  return {
    directory,
    ca,
    key: folder.join("ca", "private", "ca-key.pem"),
    certificate: folder.join("ca", "public", "ca.pem"),
    bundle: folder.join("ca", "public", "ca-bundle.pem"),
  };
}

/** The permission bits of a file or folder, in octal. */
export async function modeOf(path: string): Promise<string> {
  return ((await Deno.lstat(path)).mode ?? 0).toString(8).slice(-3);
}

/** The names in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names.sort();
}

/** Runs a program to its end. */
export async function run(
  program: string,
  options: { args: readonly string[]; env?: Record<string, string>; input?: string },
): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(program, {
    args: [...options.args],
    ...(options.env === undefined ? {} : { env: options.env }),
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.input));
    await writer.close();
  }
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/**
 * Asserts that `action` rejects with an error of class `type` whose message is one line, matches
 * `pattern` and quotes nothing of a private key.
 */
export async function assertRefused(
  action: () => Promise<unknown>,
  expected: {
    // deno-lint-ignore no-explicit-any -- what an error class takes is of no concern here
    type: new (...args: any[]) => Error;
    pattern: RegExp;
    secrets?: readonly string[];
  },
): Promise<void> {
  let caught: unknown;
  try {
    await action();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof expected.type, `refused with ${expected.type.name}, not ${caught}`);
  assert.match(caught.message, expected.pattern);
  assert.ok(!caught.message.includes("\n"), "the message is one line");
  const shown = Deno.inspect(caught, { depth: 10 }) + String(caught.stack);
  for (const secret of expected.secrets ?? []) {
    assert.ok(!shown.includes(secret), "the error quotes key material");
  }
}

/**
 * The first two lines of base64 of the CA key, which hold the private number. (The third is the
 * public point, which the certificate has as well.)
 */
export async function keyLines(directory: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(directory, "private", "ca-key.pem"));
  const lines = text.split("\n").slice(1, 3);
  assert.deepEqual(lines.map((line) => line.length), [64, 64]);
  return lines;
}

/** Demands the right to give files to other users. */
export function superuser(): string | undefined {
  return Deno.uid() === 0 ? undefined : "this needs root";
}

export const day = 86_400_000;
