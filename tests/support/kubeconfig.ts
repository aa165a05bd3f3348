/**
 * Kubeconfigs for tests, with one cluster and one user for each context.
 *
 * @module
 */

import type { TempDir } from "./temp_dir.ts";

export interface KubeContext {
  readonly name: string;
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
}

/** The text of a kubeconfig: JSON, which is YAML too. */
export function kubeconfigText(contexts: readonly KubeContext[]): string {
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: contexts.map(({ name, cluster }) => ({ name: `${name}-cluster`, cluster })),
      users: contexts.map(({ name, user }) => ({ name: `${name}-user`, user })),
      contexts: contexts.map(({ name, namespace }) => ({
        name,
        context: {
          cluster: `${name}-cluster`,
          user: `${name}-user`,
          ...(namespace === undefined ? {} : { namespace }),
        },
      })),
    },
    null,
    1,
  );
}

/** Writes a kubeconfig; gives the arguments by which the proxy takes all its contexts. */
export async function kubeconfigArgs(
  dir: TempDir,
  contexts: readonly KubeContext[],
): Promise<string[]> {
  const path = await dir.write("kubeconfig", kubeconfigText(contexts));
  return ["--kubeconfig", path, ...contexts.flatMap(({ name }) => ["--kube-context", name])];
}
