import { Fields } from "../wire/fields.ts";
import { learnPolicy, type SeenTraffic } from "../policy/learn.ts";
import { StartError } from "../secrets/start_error.ts";
import { parseAuthority } from "../wire/authority.ts";
import { runOrComplain } from "./complain.ts";
import { writeLine } from "./write_line.ts";

export interface LearnFlags {
  readonly depth: string;
  readonly fixtures?: string;
}

/** What audit logs tell. */
interface Recorded {
  readonly traffic: SeenTraffic[];
  /** What was refused, for people. */
  readonly refused: Set<string>;
}

/**
 * `auth-proxy learn AUDIT-FILE…`: prints the least egress policy that allows what was recorded.
 *
 * @returns The exit status: 2 if a file cannot be read.
 */
export function runLearn(files: readonly string[], flags: LearnFlags): Promise<number> {
  return runOrComplain(async () => {
    if (!/^[1-9]\d?$/.test(flags.depth)) {
      throw new StartError([{ where: "--depth", message: "write a number from 1 to 99" }]);
    }
    const recorded: Recorded = { traffic: [], refused: new Set() };
    for (const file of files) await readAudit(file, recorded);
    const { traffic, refused } = recorded;
    const policy = learnPolicy(traffic, {
      depth: Number(flags.depth),
      headOf: (method) => ({ method, fields: noFields }),
    });
    const { learnedFixturesText, learnedPolicyText } = await import("../config/learned_files.ts");
    writeLine(Deno.stdout, learnedPolicyText(policy, { refused: [...refused] }).trimEnd());
    if (flags.fixtures !== undefined) {
      await Deno.writeTextFile(flags.fixtures, learnedFixturesText(traffic, policy));
    }
  });
}

const noFields = Fields.parse(new Uint8Array(0), { start: 0, end: 0, maxLines: 0 });

async function readAudit(file: string, recorded: Recorded): Promise<void> {
  let text: string;
  try {
    text = file === "-"
      ? await new Response(Deno.stdin.readable).text()
      : await Deno.readTextFile(file);
  } catch {
    throw new StartError([{ where: file, message: "Cannot read it: is the path right?" }]);
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const record = parseRecord(line);
    if (record === undefined) {
      const where = `${file}:${index + 1}`;
      throw new StartError([{
        where,
        message: "Cannot read this line: it is none of an audit log",
      }]);
    }
    note(record, recorded);
  }
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null && "kind" in record
      ? record as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function note(record: Readonly<Record<string, unknown>>, { traffic, refused }: Recorded): void {
  const { kind, authority, decision, method, path, decrypted, reason, upstream } = record;
  if (kind === "alarm" || typeof authority !== "string") return;
  const place = placeOf(authority);
  if (place === undefined) return;
  // What failed before it was on its way may be a mistyped host: nobody has seen it let through.
  if (decision === "deny" || decision === "error" && upstream === undefined) {
    refused.add(`${String(method)} ${authority}${String(path ?? "")}: ${String(reason)}`);
    return;
  }
  const agent = typeof record["agent"] === "string" ? record["agent"] : "";
  if (kind === "tunnel") {
    // What was decrypted has records of its own.
    if (decrypted !== true && decision === "allow") traffic.push({ ...place, agent });
    return;
  }
  if (typeof method !== "string" || typeof path !== "string") return;
  const bare = path.replace(/^https?:\/\/[^/?]*/i, "").replace(/\?.*$/s, "");
  traffic.push({ ...place, agent, request: { method, path: bare === "" ? "/" : bare } });
}

function placeOf(authority: string): { host: string; port: number } | undefined {
  try {
    const { host, port } = parseAuthority(authority, { defaultPort: 443 });
    return { host, port };
  } catch {
    return undefined;
  }
}
