/**
 * The audit log that a proxy writes to stderr, as tests read it.
 *
 * @module
 */

import type { ProxyProcess } from "./proxy_process.ts";
import { waitUntil } from "./wait_until.ts";

/** One line, parsed. */
export interface AuditLine {
  readonly kind: "exchange" | "tunnel" | "alarm";
  readonly [field: string]: unknown;
}

/** The lines so far. */
export function auditLines({ stderr }: Pick<ProxyProcess, "stderr">): AuditLine[] {
  return stderr.split("\n").filter((line) => line.startsWith('{"time":')).map((line) =>
    JSON.parse(line)
  );
}

/** The lines of one kind, once there are `count` of them: they are written a moment later. */
export async function waitForAudit(
  proxy: ProxyProcess,
  { kind, count }: { kind: AuditLine["kind"]; count: number },
): Promise<AuditLine[]> {
  const found = () => auditLines(proxy).filter((line) => line.kind === kind);
  await waitUntil(() => found().length >= count, {
    what: `the audit log has ${count} lines of ${kind} (it has ${found().length})`,
  });
  return found();
}

/** The first line that matches, once there is one. */
export async function waitForAuditLine(
  proxy: ProxyProcess,
  { what, matches }: { what: string; matches: (line: AuditLine) => boolean },
): Promise<AuditLine> {
  let found: AuditLine | undefined;
  await waitUntil(() => (found = auditLines(proxy).find(matches)) !== undefined, {
    what: `the audit log has ${what}`,
  });
  if (found === undefined) throw new Error("unreachable");
  return found;
}
