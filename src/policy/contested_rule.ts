import { formatHostPattern, type HostPattern } from "./host_pattern.ts";
import type { Rule } from "./rule.ts";

/**
 * Makes the rule of hosts that several claimants contend for. Either credential might be the
 * other's to see, so such hosts get none, and nothing is forwarded to them.
 *
 * @param pattern The hosts.
 * @param contest The claim group, and its rules by claimant.
 */
export function contestedRule(
  pattern: HostPattern,
  { group, claimants }: { group: string; claimants: ReadonlyMap<string, Rule> },
): Rule {
  const host = formatHostPattern(pattern);
  const names = [...claimants.keys()].sort().join(" and ");
  const rules = [...claimants.values()];
  return {
    name: `${group}-contested ${host}`,
    service: group,
    hosts: [pattern],
    fields: [],
    variables: rules.flatMap((rule) => rule.variables),
    source: [...new Set(rules.map((rule) => rule.source))].sort().join(", "),
    unavailable: `${host} is claimed by ${names}, so it gets no credential: ` +
      "name the hosts of each one apart",
  };
}
