/**
 * A client in a process of its own, for what wrk cannot do: a fixed rate, new connections without
 * session resumption, a fixed number of requests, connections that stay idle.
 *
 * Run by load.ts, with a {@linkcode LoadOrder} as its only argument. Prints one line of JSON when done.
 *
 * @module
 */

import { BenchConnection, encodeRequest, type Target } from "./bench_connection.ts";
import { delay } from "./lab.ts";
import { quantile } from "./samples.ts";

/** What to do, and where. */
export interface LoadOrder {
  readonly target: Target;
  readonly host: string;
  /** What the client must send because nobody puts it in. */
  readonly authorization?: string;
  readonly job: LoadJob;
}

export type LoadJob =
  | { readonly kind: "latency"; readonly rate: number; readonly connections: number } & Timed
  | { readonly kind: "connections"; readonly concurrency: number } & Timed
  | { readonly kind: "count"; readonly requests: number; readonly connections: number }
  | { readonly kind: "hold"; readonly connections: number };

/** The time before it counts, and the time that counts. */
export interface Timed {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Times in microseconds. */
export interface LatencyResult {
  readonly p50: number;
  readonly p99: number;
}

/** Printed by the job `hold` once all connections are idle; it then waits to be killed. */
export const holding = "holding";

/** How many connections are opened at a time. */
const openAtATime = 16;

async function runLatency(
  order: LoadOrder,
  job: LoadJob & { kind: "latency" },
): Promise<LatencyResult> {
  const request = encode(order);
  const connections = await openAll(order, job.connections);
  const times: number[] = [];
  const interval = 1000 * job.connections / job.rate;
  const start = performance.now();
  const measuredFrom = start + job.warmUpSeconds * 1000;
  const end = measuredFrom + job.seconds * 1000;
  await Promise.all(connections.map(async (connection, index) => {
    let due = start + index * interval / job.connections;
    for (; due < end; due += interval) {
      const wait = due - performance.now();
      // A client that could not send in time because it still waited has waited since then; our own
      // timer's lateness is not the proxy's.
      if (wait > 0) await delay(wait);
      const sent = wait > 0 ? performance.now() : due;
      await connection.exchange(request);
      if (due >= measuredFrom) times.push((performance.now() - sent) * 1000);
    }
  }));
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function runConnections(
  order: LoadOrder,
  job: LoadJob & { kind: "connections" },
): Promise<{ perSecond: number }> {
  const request = encode(order);
  const measuredFrom = performance.now() + job.warmUpSeconds * 1000;
  const end = measuredFrom + job.seconds * 1000;
  let done = 0;
  await inParallel(job.concurrency, async () => {
    if (performance.now() >= end) return false;
    const connection = await BenchConnection.open(order.target);
    await connection.exchange(request);
    connection.close();
    const now = performance.now();
    if (now >= measuredFrom && now < end) done++;
    return true;
  });
  return { perSecond: done / job.seconds };
}

async function runCount(
  order: LoadOrder,
  job: LoadJob & { kind: "count" },
): Promise<{ requests: number }> {
  const request = encode(order);
  const connections = await openAll(order, job.connections);
  let left = job.requests;
  await Promise.all(connections.map(async (connection) => {
    while (left-- > 0) await connection.exchange(request);
    connection.close();
  }));
  return { requests: job.requests };
}

async function runHold(order: LoadOrder, job: LoadJob & { kind: "hold" }): Promise<void> {
  const request = encode(order);
  const connections = await openAll(order, job.connections);
  for (const connection of connections) await connection.exchange(request);
  console.log(holding);
  await delay(600_000);
}

async function openAll(order: LoadOrder, count: number): Promise<BenchConnection[]> {
  const connections: BenchConnection[] = [];
  let left = count;
  await inParallel(openAtATime, async () => {
    if (left-- <= 0) return false;
    connections.push(await BenchConnection.open(order.target));
    return true;
  });
  return connections;
}

/** Repeats `step` until it says false, so many at a time. */
async function inParallel(width: number, step: () => Promise<boolean>): Promise<void> {
  await Promise.all(Array.from({ length: width }, async () => {
    while (await step());
  }));
}

function encode({ host, authorization, job }: LoadOrder): Uint8Array {
  return encodeRequest("/small", {
    host,
    fields: {
      ...authorization === undefined ? {} : { Authorization: authorization },
      ...job.kind === "connections" ? { Connection: "close" } : {},
    },
  });
}

async function run(order: LoadOrder): Promise<unknown> {
  const { job } = order;
  switch (job.kind) {
    case "latency":
      return await runLatency(order, job);
    case "connections":
      return await runConnections(order, job);
    case "count":
      return await runCount(order, job);
    case "hold":
      return await runHold(order, job);
  }
}

if (import.meta.main) {
  console.log(JSON.stringify(await run(JSON.parse(Deno.args[0] ?? ""))));
  Deno.exit(0);
}
