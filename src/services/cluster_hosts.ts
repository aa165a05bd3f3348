import {
  formatHostPattern,
  hasLabel,
  type HostPattern,
  matchesHost,
} from "../policy/host_pattern.ts";

/**
 * Picks the hosts of a cluster out of those of all clusters: the ones that have its name as a whole
 * label. A wildcard stays one, narrowed to that label, as its hosts are known only by request.
 */
export function hostsWithLabel(patterns: readonly HostPattern[], label: string): HostPattern[] {
  return patterns.flatMap((pattern) => {
    if (hasLabel(pattern.host, label)) return [pattern];
    return pattern.kind === "suffix" ? [{ ...pattern, label }] : [];
  });
}

/** Tells whether `wide` names every host that `narrow` names. */
export function includesPattern(wide: HostPattern, narrow: HostPattern): boolean {
  if (wide.port !== narrow.port) return false;
  if (narrow.kind === "exact") return matchesHost(wide, narrow.host);
  return wide.kind === "suffix" &&
    (wide.host === narrow.host || narrow.host.endsWith(`.${wide.host}`)) &&
    (wide.label === undefined || wide.label === narrow.label || hasLabel(narrow.host, wide.label));
}

/** A pattern that more than one cluster claims as a whole. */
export interface Contest {
  readonly pattern: HostPattern;
  /** In the order of the names. */
  readonly clusters: readonly string[];
}

/**
 * Finds the patterns of which every host is claimed by two clusters or more.
 *
 * @param hosts The patterns of each cluster. Wildcards that merely overlap are no contest here:
 * `RuleSet.match` settles those host by host.
 */
export function findContests(hosts: ReadonlyMap<string, readonly HostPattern[]>): Contest[] {
  const contests = new Map<string, Contest>();
  for (const pattern of [...hosts.values()].flat()) {
    const clusters = [...hosts]
      .filter(([, patterns]) => patterns.some((other) => includesPattern(other, pattern)))
      .map(([cluster]) => cluster);
    if (clusters.length > 1) {
      contests.set(formatHostPattern(pattern), { pattern, clusters: clusters.sort() });
    }
  }
  return [...contests.values()];
}
