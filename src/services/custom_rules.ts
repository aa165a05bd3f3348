import { formatHostPattern, type HostPattern, matchesHost } from "../policy/host_pattern.ts";
import type { Carriers } from "../policy/inject.ts";
import { secretNames } from "../policy/injection_template.ts";
import type { CustomRule } from "../policy/custom_rule.ts";
import type { ParsedRuleFlag } from "../policy/rule_flag.ts";
import type { Rule } from "../policy/rule.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { allServices } from "./all_services.ts";
import { includesPattern } from "./cluster_hosts.ts";
import { clusterKinds } from "./clusters.ts";
import { newDraft, type RuleDraft } from "./draft.ts";
import { activeNote, makeRule } from "./make_rule.ts";
import { readUpstream, type TrustFiles, type UpstreamParts } from "./upstream_parts.ts";
import { isSettingVariable } from "./variables.ts";

/** What {@linkcode buildCustomRules} goes by. */
export interface CustomRuleContext {
  readonly secrets: SecretStore;
  /**
   * The catalogue's and the clusters' rules: where one of ours names one of their hosts, that
   * service's carriers are removed there too, and where it names nothing but those, its upgrades are
   * passed on.
   */
  readonly otherRules: readonly Rule[];
  readonly files: TrustFiles;
}

/**
 * Makes the rules that the operator wrote. Lines with the same host pattern become one rule with
 * several fields.
 *
 * @param customRules In the order in which they were given.
 */
export function buildCustomRules(
  customRules: readonly CustomRule[],
  context: CustomRuleContext,
): RuleDraft {
  const draft = newDraft();
  for (const rules of groupLines(customRules, draft)) {
    const [first] = rules;
    const { parts, problems } = readUpstream(first, context.files);
    draft.problems.push(...problems);
    const rule = makeCustomRule(first, { ...context, rules, parts });
    draft.rules.push(rule);
    const subject = isFlag(first) ? "--rule" : rule.name;
    if (rule.unavailable === undefined) draft.notes.push(activeNote(subject, [rule]));
    else {
      const message = `${rule.unavailable}, so ${
        formatHostPattern(first.pattern)
      } is answered with 502`;
      draft.notes.push({ kind: "nearly", subject, message });
    }
  }
  return draft;
}

/** The rule of a `--rule`, as an operator's rule like any other. */
export function ruleOfFlag({ text, pattern, field }: ParsedRuleFlag): CustomRule {
  return { where: `--rule '${text}'`, form: "line", pattern, fields: [field] };
}

type Group = [CustomRule, ...CustomRule[]];

/** Puts lines for one host together; what cannot be together is reported and left out. */
function groupLines(customRules: readonly CustomRule[], draft: RuleDraft): Group[] {
  const groups: Group[] = [];
  const byHost = new Map<string, Group>();
  for (const rule of customRules) {
    const key = formatHostPattern(rule.pattern);
    const group = rule.form === "line" ? byHost.get(key) : undefined;
    const taken = new Set(group?.flatMap(({ fields }) => fields.map(({ name }) => lower(name))));
    const setting = secretNames(rule).find((variable) => isSettingVariable(variable));
    const twice = rule.fields.find(({ name }) => taken.has(lower(name)));
    if (setting !== undefined) {
      const message = `${setting} is a setting and no secret: use another variable`;
      draft.problems.push({ where: rule.where, message });
    } else if (twice !== undefined) {
      const another = isFlag(rule) ? "Another --rule" : "Another line";
      const message = `${another} sets ${twice.name} for ${key} already: remove one`;
      draft.problems.push({ where: rule.where, message });
    } else if (group !== undefined) group.push(rule);
    else {
      const created: Group = [rule];
      groups.push(created);
      if (rule.form === "line") byHost.set(key, created);
    }
  }
  return groups;
}

function makeCustomRule(
  first: CustomRule,
  { rules, secrets, otherRules, parts }: CustomRuleContext & {
    rules: readonly CustomRule[];
    parts: UpstreamParts;
  },
): Rule {
  const { pattern, path, methods, agents, unless } = first;
  const known = carriersAt(pattern, otherRules);
  const removed = rules.flatMap(({ removeFields }) => removeFields ?? []);
  const removedQuery = rules.flatMap(({ removeQuery }) => removeQuery ?? []);
  return makeRule({
    name: first.name ?? `${formatHostPattern(pattern, { defaultPort: 443 })}${path ?? ""}`,
    hosts: [pattern],
    ...(path === undefined ? {} : { path }),
    ...(methods === undefined ? {} : { methods }),
    ...(agents === undefined ? {} : { agents }),
    ...(unless === undefined ? {} : { unless }),
    template: {
      fields: rules.flatMap(({ fields }) => fields),
      query: rules.flatMap(({ query }) => query ?? []),
      ...(first.awsSigV4 === undefined ? {} : { awsSigV4: first.awsSigV4 }),
    },
    ...upgradesAt(pattern, otherRules),
    carriers: {
      ...known,
      fields: [...known.fields, ...removed],
      query: [...known.query ?? [], ...removedQuery],
    },
    source: rules.map(({ where }) => where).join(", "),
    ...parts,
  }, secrets);
}

function isFlag({ where }: CustomRule): boolean {
  return where.startsWith("--rule ");
}

function lower(name: string): string {
  return name.toLowerCase();
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

/** What a known service's connections may be switched to, if every host of a pattern is one of its. */
function upgradesAt(pattern: HostPattern, otherRules: readonly Rule[]): Pick<Rule, "upgrades"> {
  const upgrades = otherRules.filter(({ hosts }) =>
    hosts.some((other) => includesPattern(other, pattern))
  ).flatMap((rule) => rule.upgrades ?? []);
  return upgrades.length === 0 ? {} : { upgrades: [...new Set(upgrades)] };
}

function overlaps(a: HostPattern, b: HostPattern): boolean {
  return a.host === b.host || matchesHost(a, b.host) || matchesHost(b, a.host);
}
