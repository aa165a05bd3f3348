import { formatHostPattern, type HostPattern, matchesHost } from "../policy/host_pattern.ts";
import type { Carriers } from "../policy/inject.ts";
import type { ParsedRuleFlag } from "../policy/rule_flag.ts";
import type { Rule } from "../policy/rule.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { allServices } from "./catalogue_rules.ts";
import { clusterKinds } from "./clusters.ts";
import { newDraft, type RuleDraft } from "./draft.ts";
import { activeNote, makeRule } from "./make_rule.ts";
import { isSettingVariable } from "./variables.ts";

/**
 * Makes the rules of all `--rule`s. Those with the same host pattern become one rule with several
 * fields.
 *
 * @param flags In the order in which they were given.
 * @param context `otherRules` are the catalogue's and the clusters': where a `--rule` names one of
 * their hosts, that service's carriers are removed there too.
 */
export function buildCustomRules(
  flags: readonly ParsedRuleFlag[],
  { secrets, otherRules }: { secrets: SecretStore; otherRules: readonly Rule[] },
): RuleDraft {
  const draft = newDraft();
  const groups = new Map<string, ParsedRuleFlag[]>();
  for (const flag of flags) {
    const key = formatHostPattern(flag.pattern);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const header = flag.field.name.toLowerCase();
    if (isSettingVariable(flag.field.variable)) {
      const message = `${flag.field.variable} is a setting and no secret: use another variable`;
      draft.problems.push({ where: whereOf(flag), message });
    } else if (group.some(({ field }) => field.name.toLowerCase() === header)) {
      const message = `Another --rule sets ${flag.field.name} for ${key} already: remove one`;
      draft.problems.push({ where: whereOf(flag), message });
    } else group.push(flag);
  }
  for (const [key, group] of groups) {
    const [first] = group;
    if (first === undefined) continue;
    const rule = makeRule({
      name: formatHostPattern(first.pattern, { defaultPort: 443 }),
      hosts: [first.pattern],
      fields: group.map(({ field }) => field),
      carriers: carriersAt(first.pattern, otherRules),
      source: group.map(whereOf).join(", "),
    }, secrets);
    draft.rules.push(rule);
    if (rule.unavailable === undefined) draft.notes.push(activeNote("--rule", [rule]));
    else {
      const message = `${rule.unavailable}, so ${key} is answered with 502`;
      draft.notes.push({ kind: "nearly", subject: "--rule", message });
    }
  }
  return draft;
}

function whereOf({ text }: ParsedRuleFlag): string {
  return `--rule '${text}'`;
}

/**
 * The carriers of every known service that lives at a pattern's hosts, whether that service is
 * active or not: the client must not mix in a credential there by another way (invariant I3).
 */
function carriersAt(pattern: HostPattern, otherRules: readonly Rule[]): Carriers {
  const touched = new Set(
    otherRules.filter((rule) => rule.hosts.some((other) => overlaps(pattern, other)))
      .map((rule) => rule.service),
  );
  const all = allServices.filter((service) =>
    touched.has(service.name) ||
    service.credentials.some(({ endpoints }) =>
      endpoints.some(({ hosts }) => hosts.some((host) => matchesHost(pattern, host)))
    )
  ).map(({ carriers }) => carriers).concat(
    clusterKinds.filter(({ service }) => touched.has(service)).map(({ carriers }) => carriers),
  );
  return {
    fields: all.flatMap(({ fields }) => fields),
    query: all.flatMap(({ query }) => query ?? []),
    members: all.flatMap(({ members }) => members ?? []),
  };
}

function overlaps(a: HostPattern, b: HostPattern): boolean {
  return a.host === b.host || matchesHost(a, b.host) || matchesHost(b, a.host);
}
