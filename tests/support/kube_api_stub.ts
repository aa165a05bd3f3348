/**
 * As much of a Kubernetes API server as `kubectl get pods` and `kubectl logs -f` need: version and
 * discovery in its plain form, which every kubectl from 1.20 on falls back to.
 *
 * @module
 */

import type { Handler } from "./upstream.ts";
import type { UpstreamExchange } from "./upstream_exchange.ts";
import { writeChunk } from "./upstream_scripts.ts";

export interface KubeApiOptions {
  /** The only bearer token accepted. */
  readonly token: string;
  /** Log lines of the pod `web`, one after the other; the log ends when they do. */
  readonly logLines: () => AsyncIterable<string>;
}

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
    namespace: "default",
    uid: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: { containers: [{ name: "app", image: "app:1" }] },
  status: {
    phase: "Running",
    containerStatuses: [{
      name: "app",
      image: "app:1",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
    }],
  },
};

const coreResources = {
  kind: "APIResourceList",
  groupVersion: "v1",
  resources: [
    {
      name: "pods",
      singularName: "pod",
      namespaced: true,
      kind: "Pod",
      verbs: ["get", "list", "watch"],
      shortNames: ["po"],
      categories: ["all"],
    },
    { name: "pods/log", singularName: "", namespaced: true, kind: "Pod", verbs: ["get"] },
  ],
};

const podTable = {
  kind: "Table",
  apiVersion: "meta.k8s.io/v1",
  metadata: {},
  columnDefinitions: [
    { name: "Name", type: "string", format: "name", description: "", priority: 0 },
    { name: "Status", type: "string", format: "", description: "", priority: 0 },
  ],
  rows: [{
    cells: ["web", "Running"],
    object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: pod.metadata },
  }],
};

export function kubeApi(options: KubeApiOptions): Handler {
  return async (exchange) => {
    const { request } = exchange;
    if (request.values("authorization").join() !== `Bearer ${options.token}`) {
      const status = {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        reason: "Unauthorized",
      };
      return await exchange.respondJson({ ...status, code: 401 }, 401);
    }
    if (request.path === "/api/v1/namespaces/default/pods/web/log") {
      return await followLog(exchange, options.logLines());
    }
    const answer = request.path === "/api/v1/namespaces/default/pods"
      ? pods(request.values("accept").join())
      : resources[request.path];
    if (answer === undefined) return await exchange.respondJson({ kind: "Status", code: 404 }, 404);
    await exchange.respondJson(answer);
  };
}

const resources: Readonly<Record<string, unknown>> = {
  "/version": { major: "1", minor: "32", gitVersion: "v1.32.4" },
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [] },
  "/api/v1": coreResources,
  "/api/v1/namespaces/default/pods/web": pod,
};

function pods(accept: string): unknown {
  if (accept.includes("as=Table")) return podTable;
  return { kind: "PodList", apiVersion: "v1", metadata: {}, items: [pod] };
}

async function followLog(
  exchange: UpstreamExchange,
  lines: AsyncIterable<string>,
): Promise<void> {
  await exchange.writeHead(200, { "Content-Type": "text/plain", "Transfer-Encoding": "chunked" });
  for await (const line of lines) await writeChunk(exchange, `${line}\n`);
  await exchange.write("0\r\n\r\n");
}
