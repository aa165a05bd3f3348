import { bearer, type FieldTemplate } from "../policy/credential_format.ts";
import { type HostPattern, parseHostPattern } from "../policy/host_pattern.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { WireError } from "../wire/wire_error.ts";
import { clusterKinds } from "./clusters.ts";
import { newDraft, type RuleDraft } from "./draft.ts";
import { activeNote, makeRule } from "./make_rule.ts";
import type { ClusterSetting } from "./service_setting.ts";
import { readUpstream, type TrustFiles } from "./upstream_parts.ts";

const HTTPS_PORT = 443;

/**
 * Makes the rules of the clusters that the configuration names: one for each, for exactly its server's
 * host and port.
 */
export function buildNamedClusters(
  clusters: readonly ClusterSetting[],
  { secrets, files }: { secrets: SecretStore; files: TrustFiles },
): RuleDraft {
  const draft = newDraft();
  for (const cluster of clusters) {
    const host = serverHost(cluster, draft);
    if (host !== undefined) addCluster(cluster, { host, secrets, files, draft });
  }
  return draft;
}

function serverHost({ server, where }: ClusterSetting, draft: RuleDraft): HostPattern | undefined {
  const authority = server.replace(/^https:\/\//i, "").replace(/\/$/, "");
  try {
    const pattern = parseHostPattern(authority, { defaultPort: HTTPS_PORT });
    if (pattern.kind === "exact") return pattern;
    const message = "Cannot send a cluster's credential to a wildcard: write the server's own host";
    draft.problems.push({ where, message });
    return undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    draft.problems.push({ where, message: error.message });
    return undefined;
  }
}

function addCluster(
  cluster: ClusterSetting,
  { host, secrets, files, draft }: {
    host: HostPattern;
    secrets: SecretStore;
    files: TrustFiles;
    draft: RuleDraft;
  },
): void {
  const { service, name, token, where } = cluster;
  const kind = clusterKinds.find((each) => each.service === service);
  const { parts, problems } = readUpstream({ where, upstream: cluster }, files);
  draft.problems.push(...problems);
  const field = (variable: string): FieldTemplate => ({
    name: "Authorization",
    format: bearer,
    variable,
  });
  const rule = makeRule({
    name: `${service}-${name}`,
    service,
    hosts: [host],
    template: { fields: token === undefined ? [] : [field(token)] },
    carriers: kind?.carriers ?? { fields: [] },
    ...(kind?.upgrades === undefined ? {} : { upgrades: kind.upgrades }),
    source: where,
    ...parts,
  }, secrets);
  draft.rules.push(rule);
  if (rule.unavailable === undefined) draft.notes.push(activeNote(rule.name, [rule]));
  else {
    const message = `${rule.unavailable}; until then it is answered with 502`;
    draft.notes.push({ kind: "nearly", subject: rule.name, message });
  }
}
