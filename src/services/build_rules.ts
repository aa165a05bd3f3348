import type { CustomRule } from "../policy/custom_rule.ts";
import type { ParsedRuleFlag } from "../policy/rule_flag.ts";
import type { Rule } from "../policy/rule.ts";
import { rulesTie } from "../policy/rule_order.ts";
import { RuleSet } from "../policy/rule_set.ts";
import type { Problem } from "../secrets/problem.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { buildCatalogueRules } from "./catalogue_rules.ts";
import { buildClusterRules, clusterKinds } from "./clusters.ts";
import { buildCustomRules, ruleOfFlag } from "./custom_rules.ts";
import { denyMinting, unknownEndpointProblems } from "./deny_minting.ts";
import { displaceRules, patternKey } from "./displace_rules.ts";
import { joinDrafts, newDraft, type RuleDraft, type StartupNote } from "./draft.ts";
import { buildNamedClusters } from "./named_clusters.ts";
import type { ClusterSetting, ServiceSetting } from "./service_setting.ts";
import type { TrustFiles } from "./upstream_parts.ts";

/** What a rule set is made from. */
export interface RuleInput {
  readonly secrets: SecretStore;
  readonly ruleFlags: readonly ParsedRuleFlag[];
  /** The rules of the configuration file; none if absent. */
  readonly fileRules?: readonly CustomRule[];
  /** What the configuration says of the catalogue's services, by name; nothing if absent. */
  readonly services?: ReadonlyMap<string, ServiceSetting>;
  /** The clusters that it names; none if absent. */
  readonly clusters?: readonly ClusterSetting[];
  /** The rules of clusters that kubeconfigs and talosconfigs name; none if absent. */
  readonly accessRules?: RuleDraft;
  /** What goes wrong is for the operator to read. */
  readonly readCa: TrustFiles["readCa"];
  readonly readText: TrustFiles["readText"];
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
 * Makes one snapshot of all rules: the catalogue's, the clusters', those of the configuration file
 * and those of `--rule`.
 *
 * A `--rule` wins wholly over any other rule for the same host pattern, and a rule of the file over
 * one of a known service if it is for every request or sends the same credential. Where two rules for one pattern remain, their
 * conditions must tell which one a request is for (`rulesTie`): which credential goes there must not
 * depend on an order.
 */
export function buildRules(
  input: RuleInput,
): BuiltRules {
  const { secrets, ruleFlags, fileRules, accessRules, readCa, readText, allowedEndpoints } = input;
  const { services = new Map<string, ServiceSetting>(), clusters = [] } = input;
  const known = joinDrafts([
    buildCatalogueRules(secrets, services),
    ...clusterKinds.filter(({ service }) => services.get(service)?.enabled !== false)
      .map((kind) => buildClusterRules(kind, { secrets, readCa })),
    buildNamedClusters(clusters, { secrets, files: { readCa, readText } }),
    accessRules ?? newDraft(),
  ]);
  const context = { secrets, otherRules: known.rules, files: { readCa, readText } };
  const ofFlags = buildCustomRules(ruleFlags.map(ruleOfFlag), context);
  const ofFile = buildCustomRules(fileRules ?? [], context);
  const file = displaceRules(ofFile.rules, ofFlags.rules);
  const own = [...ofFlags.rules, ...file.rules];
  const displaced = displaceRules(known.rules, own);
  const unique = refuseTwins([...own, ...displaced.rules]);
  const allowed = new Set(allowedEndpoints);
  const denying = denyMinting(unique.rules, { knownRules: known.rules, allowed });
  return {
    ruleSet: new RuleSet(denying.rules, [
      ...known.inactive,
      ...displaced.inactive,
      ...file.inactive,
    ]),
    notes: [known, ofFlags, ofFile, file, displaced, denying].flatMap(({ notes }) => notes),
    problems: [
      ...unknownEndpointProblems(allowed),
      ...known.problems,
      ...ofFlags.problems,
      ...ofFile.problems,
      ...unique.problems,
      ...refuseNamesakes(unique.rules),
      ...refusedSecrets(unique.rules, secrets),
    ],
  };
}

function refuseTwins(rules: readonly Rule[]): { rules: Rule[]; problems: Problem[] } {
  const owners = new Map<string, Rule[]>();
  const problems: Problem[] = [];
  const kept = rules.map((rule) => {
    const hosts = rule.hosts.filter((pattern) => {
      const key = patternKey(pattern);
      const others = owners.get(key) ?? [];
      owners.set(key, others);
      const twin = others.find((other) =>
        other !== rule && !contend(rule, other) && rulesTie(rule, other)
      );
      if (twin === undefined) {
        others.push(rule);
        return true;
      }
      // A rule of the operator's own is for no known service.
      const isOwn = rule.service === undefined;
      problems.push({
        where: isOwn ? rule.source : rule.name,
        message: `Cannot send two credentials to ${key}: the rules ${twin.name} (${twin.source}) ` +
          `and ${rule.name} (${rule.source}) both name it; ` +
          (isOwn ? "tell them apart by path, methods or agents" : "remove it from one"),
      });
      return false;
    });
    return { ...rule, hosts };
  });
  return { rules: kept, problems };
}

function contend(a: Rule, b: Rule): boolean {
  return a.claim !== undefined && a.claim.group === b.claim?.group;
}

/** Connections are kept apart by their rule's name, and people know it by that. */
function refuseNamesakes(rules: readonly Rule[]): Problem[] {
  const owners = new Map<string, Rule>();
  const named = rules.filter(({ hosts }) => hosts.length > 0);
  // A known service's rule keeps its name: only the operator's own can be given another.
  const known = named.filter(({ service }) => service !== undefined);
  return [...known, ...named.filter((rule) => !known.includes(rule))].flatMap((rule) => {
    const owner = owners.get(rule.name);
    owners.set(rule.name, owner ?? rule);
    if (owner === undefined) return [];
    return [{
      where: rule.source,
      message: `Cannot name two rules ${rule.name}: ${owner.source} has that name; ` +
        "give this one another, as name: NAME",
    }];
  });
}

/** Values that cannot be used matter only where a rule asks for them. */
function refusedSecrets(rules: readonly Rule[], secrets: SecretStore): Problem[] {
  const names = new Set(rules.flatMap((rule) => rule.variables.map(({ name }) => name)));
  return [...names].flatMap((name) => secrets.refusal(name) ?? []);
}
