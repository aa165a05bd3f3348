import { nameOfDescription } from "../policy/credential_format.ts";
import type { Explanation } from "./explain.ts";

/** What is expected of a decision; what is absent may be anything. */
export interface ExpectedDecision {
  readonly decision?: Explanation["decision"];
  readonly rule?: string | null;
  readonly reason?: string;
  readonly status?: number;
  readonly injects?: readonly string[];
}

/** Says how a decision is other than was expected: a line for each difference, none if it is not. */
export function differences(expected: ExpectedDecision, actual: Explanation): string[] {
  const lines: string[] = [];
  const compare = (what: string, wanted: unknown, got: unknown) => {
    if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(got)) return;
    lines.push(`${what}: expected ${shown(wanted)}, got ${shown(got)}`);
  };
  compare("decision", expected.decision, actual.decision);
  compare("rule", expected.rule, actual.rule ?? null);
  compare("status", expected.status, actual.status);
  const wanted = expected.injects === undefined ? undefined : sorted(expected.injects);
  compare("injects", wanted, sorted(actual.injects.map(nameOfDescription)));
  if (expected.reason !== undefined && !actual.reason.includes(expected.reason)) {
    lines.push(`reason: expected one with ${shown(expected.reason)}, got ${shown(actual.reason)}`);
  }
  return lines;
}

/** Names of fields are the same in any letter case. */
function sorted(names: readonly string[]): string[] {
  return names.map((name) => name.startsWith("?") ? name : name.toLowerCase()).sort();
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "no rule";
  return typeof value === "string" ? value : JSON.stringify(value);
}
