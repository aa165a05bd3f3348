/**
 * As much of a Kubernetes API server as kubectl's verbs need: get, watch, logs, exec, attach, cp,
 * port-forward, server-side apply. HTTP/1.1 only, as an upgrade needs the connection itself; what else
 * it answers asks of the exchange only request, JSON and `openStream`.
 *
 * @module
 */

import { type Channels, runInContainer } from "./kube/container.ts";
import { openStream } from "./kube/open_stream.ts";
import { type PodEvent, podPage, queryOf, watchPods } from "./kube/pod_table.ts";
import { type Forward, servePortForward } from "./kube/port_forward.ts";
import { serveRemoteCommand } from "./kube/remote_command.ts";
import { discovery, failure, pod } from "./kube/resources.ts";
import type { Handler } from "./upstream.ts";
import type { UpstreamExchange } from "./upstream_exchange.ts";

export interface KubeApiOptions {
  /** The only bearer token accepted; where it is absent, none may come. */
  readonly token?: string;
  /** The names of the pods; `web` alone if not given. */
  readonly pods?: readonly string[];
  /** Log lines of the pod `web`, one after the other; the log ends when they do. */
  readonly logLines?: () => AsyncIterable<string>;
  /** What a watch of the pods tells; it ends when they do. */
  readonly podEvents?: () => AsyncIterable<PodEvent>;
  /** The folder in which commands of the pod `web` run. */
  readonly folder?: string;
  /** What `attach` finds running in it. */
  readonly mainCommand?: readonly string[];
  /** Serves the pod's ports. */
  readonly forward?: Forward;
}

const namespace = "/api/v1/namespaces/default";

export function kubeApi(options: KubeApiOptions): Handler {
  return async (exchange) => {
    const { request } = exchange;
    const expected = options.token === undefined ? "" : `Bearer ${options.token}`;
    if (request.values("authorization").join() !== expected) {
      return await exchange.respondJson(failure(401, "Unauthorized"), 401);
    }
    if (request.path === `${namespace}/pods`) return await answerPods(exchange, options);
    if (request.path.startsWith(`${namespace}/pods/web/`)) {
      return await answerSubresource(exchange, options);
    }
    if (request.path.startsWith(`${namespace}/configmaps/`)) return await answerApply(exchange);
    const answer = request.path === `${namespace}/pods/web` ? pod("web") : discovery[request.path];
    if (answer !== undefined) return await exchange.respondJson(answer);
    await exchange.respondJson(failure(404, "NotFound"), 404);
  };
}

async function answerPods(
  exchange: UpstreamExchange,
  { pods = ["web"], podEvents }: KubeApiOptions,
): Promise<void> {
  if (podEvents !== undefined && queryOf(exchange.request.target).get("watch") === "true") {
    return await watchPods(exchange, podEvents());
  }
  await exchange.respondJson(podPage(pods, exchange));
}

async function answerSubresource(
  exchange: UpstreamExchange,
  { logLines, folder, mainCommand = [], forward }: KubeApiOptions,
): Promise<void> {
  const { path, target } = exchange.request;
  const run = (command: readonly string[]) => (channels: Channels) =>
    runInContainer(command, { folder: folder ?? "/nonexistent", channels });
  switch (path.slice(path.lastIndexOf("/") + 1)) {
    case "log":
      return await followLog(exchange, logLines?.() ?? noLines());
    case "exec":
      return await serveRemoteCommand(exchange, run(queryOf(target).getAll("command")));
    case "attach":
      return await serveRemoteCommand(exchange, run(mainCommand));
    case "portforward":
      if (forward !== undefined) return await servePortForward(exchange, forward);
  }
  await exchange.respondJson(failure(404, "NotFound"), 404);
}

async function followLog(exchange: UpstreamExchange, lines: AsyncIterable<string>): Promise<void> {
  const stream = await openStream(exchange, "text/plain");
  for await (const line of lines) await stream.write(`${line}\n`);
  await stream.end();
}

/** Server-side apply: the object comes back as it was applied. Nothing is there before. */
async function answerApply(exchange: UpstreamExchange): Promise<void> {
  const { request } = exchange;
  const type = request.values("content-type").join();
  if (request.method !== "PATCH" || type !== "application/apply-patch+yaml") {
    return await exchange.respondJson(failure(404, "NotFound"), 404);
  }
  await exchange.respondJson(JSON.parse(await exchange.bodyText()), 201);
}

async function* noLines(): AsyncGenerator<string> {}
