import type { ClusterAccess, ShownContext } from "../services/cluster_access.ts";

/** What a client's configuration says besides its contexts. */
export interface ContainerNeeds {
  /** PEM: what vouches for the certificates that clients are shown. */
  readonly caPem: string;
  /** What clients reach the proxy by; their environment says that if absent. */
  readonly proxyUrl?: string;
}

/**
 * kubectl asks for a user name and a password if it finds no credential at all. What stands here is
 * taken off every request.
 */
const PLACEHOLDER = "placeholder";

type KubeContext = Extract<ShownContext, { server: string }>;

/**
 * Makes the kubeconfig for a container: the same contexts, clusters and namespaces, our CA, and no
 * credential. It is made from what a client needs to know, not by leaving out what it must not: what
 * is not known here cannot get in.
 */
export function containerKubeconfig(
  accesses: readonly ClusterAccess[],
  { caPem, proxyUrl }: ContainerNeeds,
): Record<string, unknown> {
  const authority = btoa(caPem);
  const clusters = new Map<string, unknown>();
  const servers = new Map<string, string>();
  const users = new Map<string, unknown>();
  const contexts: { name: string; context: Record<string, string> }[] = [];
  for (const { context, shown } of accesses) {
    if (!isKubeContext(shown)) continue;
    // Of two files, each may have another cluster of that name: kubeadm calls all of them kubernetes.
    const taken = servers.get(shown.cluster);
    const isOther = taken !== undefined && taken !== shown.server;
    const cluster = isOther ? `${shown.cluster} (${context})` : shown.cluster;
    servers.set(cluster, shown.server);
    clusters.set(cluster, {
      server: shown.server,
      "certificate-authority-data": authority,
      ...(proxyUrl === undefined ? {} : { "proxy-url": proxyUrl }),
    });
    users.set(shown.user, { token: PLACEHOLDER });
    const namespace = shown.namespace === undefined ? {} : { namespace: shown.namespace };
    contexts.push({ name: context, context: { cluster, user: shown.user, ...namespace } });
  }
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [...clusters].map(([name, cluster]) => ({ name, cluster })),
    users: [...users].map(([name, user]) => ({ name, user })),
    contexts,
    "current-context": contexts[0]?.name ?? "",
  };
}

function isKubeContext(shown: ShownContext): shown is KubeContext {
  return "server" in shown;
}
