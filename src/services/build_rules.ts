import { formatHostPattern } from "../policy/host_pattern.ts";
import type { ParsedRuleFlag } from "../policy/rule_flag.ts";
import type { InactiveRule, Rule } from "../policy/rule.ts";
import { RuleSet } from "../policy/rule_set.ts";
import type { Problem } from "../secrets/problem.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { buildCatalogueRules } from "./catalogue_rules.ts";
import { buildClusterRules, clusterKinds } from "./clusters.ts";
import { buildCustomRules } from "./custom_rules.ts";
import { denyMinting, unknownEndpointProblems } from "./deny_minting.ts";
import { joinDrafts, type StartupNote } from "./draft.ts";

/** What a rule set is made from. */
export interface RuleInput {
  readonly secrets: SecretStore;
  readonly ruleFlags: readonly ParsedRuleFlag[];
  /** Reads a file of PEM certificates; what goes wrong is for the operator to read. */
  readonly readCa: (path: string) => string | Problem;
  /** Names of minting endpoints that are not denied; none if absent. */
  readonly allowedEndpoints?: readonly string[];
}

/** A rule set, and what there is to say about it. */
export interface BuiltRules {
  readonly ruleSet: RuleSet;
  readonly notes: readonly StartupNote[];
  /** If there is any, the proxy must not start, nor a reload take this rule set. */
  readonly problems: readonly Problem[];
}

/**
 * Makes one snapshot of all rules: the catalogue's, the clusters' and those of `--rule`.
 *
 * A `--rule` wins wholly over another rule for the same host pattern. Any other two rules for one
 * pattern are a problem, because which credential goes there must not depend on an order.
 */
export function buildRules(
  { secrets, ruleFlags, readCa, allowedEndpoints }: RuleInput,
): BuiltRules {
  const known = joinDrafts([
    buildCatalogueRules(secrets),
    ...clusterKinds.map((kind) => buildClusterRules(kind, { secrets, readCa })),
  ]);
  const custom = buildCustomRules(ruleFlags, { secrets, otherRules: known.rules });
  const displaced = displace(known.rules, custom.rules);
  const unique = refuseTwins([...custom.rules, ...displaced.rules]);
  const allowed = new Set(allowedEndpoints);
  const denying = denyMinting(unique.rules, { knownRules: known.rules, allowed });
  return {
    ruleSet: new RuleSet(denying.rules, [...known.inactive, ...displaced.inactive]),
    notes: [...known.notes, ...custom.notes, ...displaced.notes, ...denying.notes],
    problems: [
      ...unknownEndpointProblems(allowed),
      ...known.problems,
      ...custom.problems,
      ...unique.problems,
      ...refusedSecrets(unique.rules, secrets),
    ],
  };
}

/** Takes the patterns that a `--rule` names away from all other rules. */
function displace(
  rules: readonly Rule[],
  winners: readonly Rule[],
): { rules: Rule[]; inactive: InactiveRule[]; notes: StartupNote[] } {
  const taken = new Map(winners.flatMap((rule) => rule.hosts.map((host) => [keyOf(host), rule])));
  const kept: Rule[] = [];
  const inactive: InactiveRule[] = [];
  const notes: StartupNote[] = [];
  for (const rule of rules) {
    const hosts = rule.hosts.filter((pattern) => !taken.has(keyOf(pattern)));
    if (hosts.length === rule.hosts.length) {
      kept.push(rule);
      continue;
    }
    const lost = rule.hosts.filter((pattern) => !hosts.includes(pattern))
      .map((pattern) => formatHostPattern(pattern, { defaultPort: 443 }));
    notes.push({
      kind: "notice",
      subject: rule.name,
      message: `a --rule takes its place at ${lost.join(", ")}`,
    });
    if (hosts.length > 0) kept.push({ ...rule, hosts });
    else {
      inactive.push({
        name: rule.name,
        ...(rule.service === undefined ? {} : { service: rule.service }),
        hosts: lost,
        fields: rule.fields,
        variables: rule.variables.map(({ name }) => name),
        reason: "a --rule takes its place",
      });
    }
  }
  return { rules: kept, inactive, notes };
}

function refuseTwins(rules: readonly Rule[]): { rules: Rule[]; problems: Problem[] } {
  const owners = new Map<string, Rule>();
  const problems: Problem[] = [];
  const kept = rules.map((rule) => {
    const hosts = rule.hosts.filter((pattern) => {
      const key = keyOf(pattern);
      const owner = owners.get(key) ?? rule;
      owners.set(key, owner);
      const contend = owner.claim !== undefined && owner.claim.group === rule.claim?.group;
      if (owner === rule || contend) return true;
      problems.push({
        where: rule.name,
        message:
          `Cannot send two credentials to ${key}: the rules ${owner.name} (${owner.source}) ` +
          `and ${rule.name} (${rule.source}) both name it; remove it from one`,
      });
      return false;
    });
    return { ...rule, hosts };
  });
  return { rules: kept, problems };
}

/** A label narrows a pattern, but does not make it another one. */
function keyOf({ kind, host, port }: Rule["hosts"][number]): string {
  return formatHostPattern({ kind, host, port });
}

/** Values that cannot be used matter only where a rule asks for them. */
function refusedSecrets(rules: readonly Rule[], secrets: SecretStore): Problem[] {
  const names = new Set(rules.flatMap((rule) => rule.variables.map(({ name }) => name)));
  return [...names].flatMap((name) => secrets.refusal(name) ?? []);
}
