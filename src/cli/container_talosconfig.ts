import type { ClusterAccess } from "../services/cluster_access.ts";
import type { ContainerNeeds } from "./container_kubeconfig.ts";

/**
 * Makes the talosconfig for a container: the same contexts, endpoints and nodes, our CA, and no
 * credential. talosctl shows no certificate if `crt` and `key` are absent (siderolabs/talos,
 * pkg/machinery/client, CertificateFromConfigContext), and finds the proxy by its environment.
 */
export function containerTalosconfig(
  accesses: readonly ClusterAccess[],
  { caPem }: ContainerNeeds,
): Record<string, unknown> {
  const ca = btoa(caPem);
  const contexts = accesses.flatMap(({ context, shown }) => {
    if (!("endpoints" in shown)) return [];
    const { endpoints, nodes, targetCluster } = shown;
    return [
      [context, {
        endpoints,
        ...(nodes.length === 0 ? {} : { nodes }),
        ca,
        ...(targetCluster === undefined ? {} : { cluster: targetCluster }),
      }] as const,
    ];
  });
  return { context: contexts[0]?.[0] ?? "", contexts: Object.fromEntries(contexts) };
}
