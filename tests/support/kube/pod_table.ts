/**
 * Lists of pods as an API server gives them: in pages (API Concepts, "Retrieving large results sets in
 * chunks"), as a Table for people ("Receiving resources as Tables") or as they are, and watched.
 *
 * @module
 */

import type { UpstreamExchange } from "../upstream_exchange.ts";
import { openStream } from "./open_stream.ts";
import { pod } from "./resources.ts";

/** One event of a watch (API Concepts, "Efficient detection of changes"). */
export interface PodEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly name: string;
  readonly status: string;
}

function table(rows: readonly PodEvent[], metadata: Record<string, unknown>): unknown {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: "1", ...metadata },
    columnDefinitions: ["Name", "Status"].map((name) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: "",
      priority: 0,
    })),
    rows: rows.map(({ name, status }) => ({
      cells: [name, status],
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: pod(name).metadata,
      },
    })),
  };
}

/** One page of the pods `names`. */
export function podPage(names: readonly string[], { request }: UpstreamExchange): unknown {
  const query = queryOf(request.target);
  const from = Number(query.get("continue") ?? 0);
  const limit = Number(query.get("limit") ?? names.length);
  const page = names.slice(from, from + limit);
  const left = names.length - from - page.length;
  const metadata = left > 0
    ? { continue: String(from + page.length), remainingItemCount: left }
    : {};
  if (wantsTable(request)) {
    const rows = page.map((name) => ({ type: "ADDED", name, status: "Running" }) as const);
    return table(rows, metadata);
  }
  return {
    kind: "PodList",
    apiVersion: "v1",
    metadata: { resourceVersion: "1", ...metadata },
    items: page.map(pod),
  };
}

/** Sends events, each the moment that it comes. */
export async function watchPods(
  exchange: UpstreamExchange,
  events: AsyncIterable<PodEvent>,
): Promise<void> {
  const stream = await openStream(exchange, "application/json");
  for await (const event of events) {
    const object = wantsTable(exchange.request) ? table([event], {}) : pod(event.name);
    await stream.write(`${JSON.stringify({ type: event.type, object })}\n`);
  }
  await stream.end();
}

function wantsTable(request: UpstreamExchange["request"]): boolean {
  return request.values("accept").join().includes("as=Table");
}

/** The query of a request target. */
export function queryOf(target: string): URLSearchParams {
  return new URL(target, "http://stub").searchParams;
}
