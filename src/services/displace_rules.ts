import { formatHostPattern, type HostPattern } from "../policy/host_pattern.ts";
import { isUnconditional } from "../policy/rule_order.ts";
import type { InactiveRule, Rule } from "../policy/rule.ts";
import type { StartupNote } from "./draft.ts";

/** What is left of rules, and what there is to say about what is not. */
export interface DisplacedRules {
  readonly rules: readonly Rule[];
  readonly inactive: readonly InactiveRule[];
  readonly notes: readonly StartupNote[];
}

/**
 * Takes the patterns that other rules name away from some rules.
 *
 * A rule that is for every request takes the place of another wholly. So does one with conditions, if
 * it sends the same credential: else the other would send that to whom the conditions keep it from.
 *
 * @param winners Rules of the command line, or of the configuration file.
 */
export function displaceRules(
  rules: readonly Rule[],
  winners: readonly Rule[],
): DisplacedRules {
  const claimants = new Map<string, Rule[]>();
  for (const rule of winners) {
    for (const key of rule.hosts.map(patternKey)) {
      claimants.set(key, [...claimants.get(key) ?? [], rule]);
    }
  }
  const kept: Rule[] = [];
  const inactive: InactiveRule[] = [];
  const notes: StartupNote[] = [];
  for (const rule of rules) {
    const winnerAt = (pattern: HostPattern) =>
      claimants.get(patternKey(pattern))?.find((other) =>
        isUnconditional(other) || sharesVariable(other, rule)
      );
    const lost = rule.hosts.filter((pattern) => winnerAt(pattern) !== undefined);
    const winner = lost.map(winnerAt)[0];
    if (winner === undefined) {
      kept.push(rule);
      continue;
    }
    const names = lost.map((pattern) => formatHostPattern(pattern, { defaultPort: 443 }));
    notes.push({
      kind: "notice",
      subject: rule.name,
      message: `${titleOf(winner)} takes its place at ${names.join(", ")}`,
    });
    const hosts = rule.hosts.filter((pattern) => !lost.includes(pattern));
    if (hosts.length > 0) kept.push({ ...rule, hosts });
    else {
      inactive.push({
        name: rule.name,
        ...(rule.service === undefined ? {} : { service: rule.service }),
        hosts: names,
        fields: rule.fields,
        variables: rule.variables.map(({ name }) => name),
        reason: `${titleOf(winner)} takes its place`,
      });
    }
  }
  return { rules: kept, inactive, notes };
}

function sharesVariable(a: Rule, b: Rule): boolean {
  return a.variables.some(({ name }) => b.variables.some((other) => other.name === name));
}

/** Writes what makes a pattern another one: a label narrows it, but does not. */
export function patternKey({ kind, host, port }: HostPattern): string {
  return formatHostPattern({ kind, host, port });
}

function titleOf({ name, source }: Rule): string {
  return source.startsWith("--rule ") ? "a --rule" : `the rule ${name} (${source})`;
}
