import { describeField } from "../policy/credential_format.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { formatHop, isSameHop } from "../policy/proxy_hop.ts";
import type { Rule } from "../policy/rule.ts";
import { type CredentialWorld, describeAccess, openAccessCredential } from "./access_credential.ts";
import type { ChangingCredential } from "./changing_credential.ts";
import type { ClusterAccess } from "./cluster_access.ts";
import { type ClusterKind, clusterKinds } from "./clusters.ts";
import { newDraft, type RuleDraft } from "./draft.ts";

/** What plugins have given out, by what says which plugin and for whom. */
export type PluginCredentials = ReadonlyMap<string, ChangingCredential>;

/**
 * Makes the rules of the clusters that kubeconfigs and talosconfigs name: one for each, at exactly
 * its hosts. Contexts that say the same become one rule; two credentials for one place are refused.
 *
 * @param options `known` are those that were made before: what a plugin has given out goes on being
 *   used, and it is not run once more because something else has changed.
 */
export function buildAccessRules(
  accesses: readonly ClusterAccess[],
  { known, ...world }: CredentialWorld & { known?: PluginCredentials },
): RuleDraft & { readonly plugins: PluginCredentials } {
  const draft = newDraft();
  const kept: ClusterAccess[][] = [];
  for (const access of accesses) {
    const rivals = kept.filter(([first]) => first !== undefined && sharePlace(first, access));
    const [group, ...others] = rivals;
    const [first] = group ?? [];
    if (group === undefined || first === undefined) kept.push([access]);
    else if (others.length === 0 && isSame(first, access)) group.push(access);
    else draft.problems.push(contest(first, access));
  }
  const credentials = new Map<string, ChangingCredential>();
  const plugins = new Map<string, ChangingCredential>();
  for (const group of kept) {
    const [first] = group;
    if (first === undefined) continue;
    const key = credentialKey(first);
    const plugin = pluginKey(first);
    const live = credentials.get(key) ?? known?.get(plugin ?? "") ?? openAccess(first, world);
    credentials.set(key, live);
    if (plugin !== undefined) plugins.set(plugin, live);
    addRule(group, { first, live, draft });
  }
  return { ...draft, plugins };
}

function openAccess(access: ClusterAccess, world: CredentialWorld): ChangingCredential {
  const { service, context, credential } = access;
  return openAccessCredential(credential, {
    name: ruleName(access),
    title: `The credential of the context ${context}`,
    carriers: kindOf(service)?.carriers ?? { fields: [] },
    world,
  });
}

function addRule(
  group: readonly ClusterAccess[],
  { first, live, draft }: { first: ClusterAccess; live: ChangingCredential; draft: RuleDraft },
): void {
  const { file, credential, service, hosts, path, serverName, hop, trustAnchors } = first;
  const { fields, note } = describeAccess(credential);
  const kind = kindOf(service);
  const contexts = group.map(({ context }) => context).join(", ");
  const trust = trustAnchors === undefined
    ? {}
    : { trustAnchors, trustAnchorsSource: first.trustAnchorsSource ?? file };
  const rule: Rule = {
    name: ruleName(first),
    service,
    hosts,
    ...(kind?.upgrades === undefined ? {} : { upgrades: kind.upgrades }),
    ...(path === undefined ? {} : { path }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(hop === undefined ? {} : { hop }),
    ...trust,
    fields: fields.map(describeField),
    variables: [],
    source: `${file} (${contexts})`,
    live,
  };
  draft.rules.push(rule);
  const places = hosts.map((host) =>
    `${formatHostPattern(host, { defaultPort: 443 })}${path ?? ""}`
  );
  const anchors = trustAnchors === undefined ? "" : `, trusting only its own CA`;
  const through = hop === undefined ? "" : `, through the proxy ${formatHop(hop)}`;
  draft.notes.push({
    kind: "active",
    subject: rule.name,
    message: `${places.join(", ")} with ${note}${anchors}${through} (${rule.source})`,
  });
}

function kindOf(service: ClusterAccess["service"]): ClusterKind | undefined {
  return clusterKinds.find((kind) => kind.service === service);
}

function ruleName({ service, context }: ClusterAccess): string {
  return `${service === "kubernetes" ? "kubeconfig" : "talosconfig"}-${context}`;
}

/** A plugin that is told of the cluster answers for that one alone. */
function credentialKey({ service, file, user, credential, context }: ClusterAccess): string {
  const told = credential.kind === "exec" && credential.plugin.cluster !== undefined;
  return JSON.stringify([service, file, user, told ? context : ""]);
}

/** Equal for what a plugin with the same arguments gives out to the same user. */
function pluginKey(access: ClusterAccess): string | undefined {
  const { credential, context } = access;
  if (credential.kind !== "exec") return undefined;
  return JSON.stringify([credentialKey(access), context, credential.plugin]);
}

function sharePlace(a: ClusterAccess, b: ClusterAccess): boolean {
  const places = new Set(a.hosts.map((host) => formatHostPattern(host)));
  return a.path === b.path && b.hosts.some((host) => places.has(formatHostPattern(host)));
}

function isSame(a: ClusterAccess, b: ClusterAccess): boolean {
  return credentialKey(a) === credentialKey(b) && a.trustAnchors === b.trustAnchors &&
    a.serverName === b.serverName && isSameHop(a.hop, b.hop) &&
    JSON.stringify(a.hosts) === JSON.stringify(b.hosts);
}

function contest(a: ClusterAccess, b: ClusterAccess) {
  const places = new Set(a.hosts.map((host) => formatHostPattern(host)));
  const shared = b.hosts.map((host) => formatHostPattern(host)).filter((each) => places.has(each));
  const what = a.user === b.user && a.file === b.file
    ? "and say different things of how to reach it"
    : `with the users ${a.user} (${a.file}) and ${b.user} (${b.file})`;
  return {
    where: b.file,
    message: `Cannot send two credentials to ${shared.join(", ")}: the contexts ${a.context} and ` +
      `${b.context} are both for it, ${what}; choose one of them`,
  };
}
