/**
 * Kubeconfigs, from their paths to what is in the contexts that the operator has named. Loaded only
 * when there is one: the parser takes time to load.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Problem } from "../secrets/problem.ts";
import type { ClusterAccess } from "../services/cluster_access.ts";
import { chooseContexts } from "./choose_contexts.ts";
import { readKubeCluster } from "./kube_cluster.ts";
import { readKubeUser } from "./kube_user.ts";
import { type ContextChoice, openFile, type ReadAccesses } from "./context_files.ts";
import type { MapReader } from "./map_reader.ts";

/**
 * Reads kubeconfigs (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). Each stands for
 * itself: unlike kubectl's, they are not merged, so a context's cluster and user are in its own file.
 */
export async function readKubeconfigs({ files, contexts }: ContextChoice): Promise<ReadAccesses> {
  const read: string[] = [];
  const onRead = (file: string) => void read.push(file);
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const opened = new Map<string, MapReader>();
  for (const path of files) {
    const root = await openFile(path, { flag: "--kubeconfig", problems, warnings, onRead });
    if (root !== undefined) opened.set(path, root);
  }
  if (problems.length > 0) return { accesses: [], problems, warnings, files: read };
  const chosen = chooseContexts(
    [...opened].map(([path, root]) => ({ path, names: namesOf(root, "contexts") })),
    { chosen: contexts, flags: { file: "--kubeconfig", context: "--kube-context" } },
  );
  problems.push(...chosen.problems);
  const accesses = chosen.picks.flatMap(({ path, name }) => {
    const root = opened.get(path);
    return root === undefined ? [] : readContext(root, { path, name }) ?? [];
  });
  return { accesses, problems, warnings, files: read };
}

function namesOf(root: MapReader, list: string): string[] {
  return root.maps(list).flatMap((entry) => entry.text("name") ?? []);
}

function readContext(
  root: MapReader,
  { path, name }: { path: string; name: string },
): ClusterAccess | undefined {
  const folder = dirname(path);
  const context = find(root, "contexts", name)?.map("context");
  if (context === undefined) return undefined;
  const clusterName = context.text("cluster");
  const userName = context.text("user");
  const cluster = findNamed(root, { list: "clusters", name: clusterName, context, key: "cluster" });
  const user = findNamed(root, { list: "users", name: userName, context, key: "user" });
  if (cluster === undefined || user === undefined) return undefined;
  const place = readKubeCluster(cluster.map("cluster"), {
    folder,
    title: `cluster ${JSON.stringify(clusterName)}`,
  });
  const credential = readKubeUser(user.map("user"), {
    folder,
    title: `user ${JSON.stringify(userName)}`,
    name: `kubeconfig-${name}`,
    cluster: cluster.map("cluster"),
  });
  if (place === undefined || credential === undefined) return undefined;
  const namespace = context.text("namespace");
  const { host, server, ...trust } = place;
  return {
    service: "kubernetes",
    file: path,
    context: name,
    user: userName ?? "",
    hosts: [host],
    ...trust,
    credential,
    shown: {
      cluster: clusterName ?? "",
      user: userName ?? "",
      server,
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
}

function find(root: MapReader, list: string, name: string): MapReader | undefined {
  // client-go takes the first of several.
  return root.maps(list).find((entry) => entry.raw("name") === name);
}

function findNamed(
  root: MapReader,
  { list, name, context, key }: {
    list: string;
    name: string | undefined;
    context: MapReader;
    key: string;
  },
): MapReader | undefined {
  if (name === undefined) {
    context.problem(`Cannot use this context: it names no ${key}`);
    return undefined;
  }
  const entry = find(root, list, name);
  if (entry === undefined) {
    context.problem(`Cannot use this context: there is no ${key} ${JSON.stringify(name)}`, key);
  }
  return entry;
}
