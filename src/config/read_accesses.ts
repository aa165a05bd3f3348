import type { ClusterAccess } from "../services/cluster_access.ts";
import type { Problem } from "../secrets/problem.ts";
import type { Config } from "./config.ts";

/** The parts of the configuration that name clusters by files of contexts. */
export type AccessConfig = Pick<
  Config,
  "kubeconfigs" | "kubeContexts" | "talosconfigs" | "talosContexts"
>;

/** What such files say of the contexts that the operator has named. */
export interface Accesses {
  readonly accesses: readonly ClusterAccess[];
  readonly problems: readonly Problem[];
  /** What works but should be mended. */
  readonly warnings: readonly Problem[];
  /** Every file that was read, or could not be. */
  readonly files: readonly string[];
}

/** Reads the kubeconfigs and talosconfigs, if there are any: only then is a parser loaded. */
export async function readAccesses(config: AccessConfig): Promise<Accesses> {
  const { kubeconfigs, kubeContexts, talosconfigs, talosContexts } = config;
  const found: Accesses[] = [];
  if (kubeconfigs.length > 0) {
    const { readKubeconfigs } = await import("./kubeconfigs.ts");
    found.push(await readKubeconfigs({ files: kubeconfigs, contexts: kubeContexts }));
  }
  if (talosconfigs.length > 0) {
    const { readTalosconfigs } = await import("./talosconfigs.ts");
    found.push(await readTalosconfigs({ files: talosconfigs, contexts: talosContexts }));
  }
  return {
    accesses: found.flatMap(({ accesses }) => accesses),
    problems: found.flatMap(({ problems }) => problems),
    warnings: found.flatMap(({ warnings }) => warnings),
    files: found.flatMap(({ files }) => files),
  };
}
