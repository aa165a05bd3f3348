import type { Problem } from "../secrets/problem.ts";

/** Which variables describe the clusters of one kind. */
export type ClusterPrefix = "K8S" | "TALOS";

type Part = "TOKEN" | "HOSTS" | "CA";

/** The variables of one cluster that are set, by what they hold. */
export type ClusterVariables = { readonly [part in Part]?: string };

const names = /^(K8S|TALOS)_(TOKEN|HOSTS|CA)(?:_(.*))?$/;

/** Tells whether a name is `K8S_TOKEN`, `TALOS_HOSTS_PROD` or the like, with one of these parts. */
export function isClusterVariable(name: string, parts: readonly Part[]): boolean {
  const part = names.exec(name)?.[2];
  return parts.some((wanted) => wanted === part);
}

/**
 * Sorts variables by cluster. A cluster's name is what follows the part, in lower case and with `-`
 * for `_`: `K8S_TOKEN_EU_PROD` is the token of `eu-prod`.
 *
 * @param variables Names of variables that are set.
 * @returns Those without a cluster as `shared`, the others by cluster, in the order of the names.
 */
export function sortClusterVariables(
  variables: readonly string[],
  prefix: ClusterPrefix,
): { shared: ClusterVariables; clusters: Map<string, ClusterVariables>; problems: Problem[] } {
  let shared: ClusterVariables = {};
  const clusters = new Map<string, ClusterVariables>();
  const problems: Problem[] = [];
  for (const variable of [...variables].sort()) {
    const [, found, part, suffix] = names.exec(variable) ?? [];
    if (found !== prefix || !isPart(part)) continue;
    if (suffix === undefined) {
      shared = { ...shared, [part]: variable };
      continue;
    }
    const cluster = suffix.toLowerCase().replaceAll("_", "-");
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(cluster)) {
      const message = `${variable} names no cluster: what follows ${prefix}_${part}_ must be a ` +
        "label of a host name, with _ for -";
      problems.push({ where: variable, message });
      continue;
    }
    const known = clusters.get(cluster) ?? {};
    const earlier = known[part];
    if (earlier === undefined) clusters.set(cluster, { ...known, [part]: variable });
    else {
      const message = `${earlier} and ${variable} are the same cluster's: remove one`;
      problems.push({ where: variable, message });
    }
  }
  return { shared, clusters, problems };
}

function isPart(text: string | undefined): text is Part {
  return text === "TOKEN" || text === "HOSTS" || text === "CA";
}
