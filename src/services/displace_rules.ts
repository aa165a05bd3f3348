import { formatHostPattern, type HostPattern } from "../policy/host_pattern.ts";
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
 * @param winners A `--rule`, or a rule of the configuration file, that is for every request.
 */
export function displaceRules(
  rules: readonly Rule[],
  winners: readonly Rule[],
): DisplacedRules {
  const taken = new Map(
    winners.flatMap((rule) => rule.hosts.map((host) => [patternKey(host), rule] as const)),
  );
  const kept: Rule[] = [];
  const inactive: InactiveRule[] = [];
  const notes: StartupNote[] = [];
  for (const rule of rules) {
    const lost = rule.hosts.filter((pattern) => taken.has(patternKey(pattern)));
    const [first] = lost;
    const winner = first === undefined ? undefined : taken.get(patternKey(first));
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

/** Writes what makes a pattern another one: a label narrows it, but does not. */
export function patternKey({ kind, host, port }: HostPattern): string {
  return formatHostPattern({ kind, host, port });
}

function titleOf({ name, source }: Rule): string {
  return source.startsWith("--rule ") ? "a --rule" : `the rule ${name} (${source})`;
}
