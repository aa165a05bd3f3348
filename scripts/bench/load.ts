import type { Route } from "./contender.ts";
import {
  holding,
  type LatencyResult,
  type LoadJob,
  type LoadOrder,
  type Timed,
} from "./load_client.ts";
import type { Lab, Service } from "./lab.ts";
import { apiHost, type Upstream } from "./upstream.ts";

/** Where a load goes. */
export interface LoadPlace {
  readonly lab: Lab;
  readonly route: Route;
  readonly upstream: Upstream;
}

/** Requests at a fixed low rate over a few kept-alive connections, and how long each takes. */
export async function measureLatency(
  place: LoadPlace,
  times: Timed,
): Promise<LatencyResult> {
  return await runJob(place, { kind: "latency", rate: 200, connections: 8, ...times });
}

/** New connections a second, each with one request, 16 at a time. */
export async function measureConnections(place: LoadPlace, times: Timed): Promise<number> {
  const { perSecond } = await runJob<{ perSecond: number }>(place, {
    kind: "connections",
    concurrency: 16,
    ...times,
  });
  return perSecond;
}

/** Exactly so many requests, over 32 connections. */
export async function sendRequests(place: LoadPlace, requests: number): Promise<void> {
  await runJob(place, { kind: "count", requests, connections: 32 });
}

/** Connections that have had one request each, and now stay open and idle until it is stopped. */
export async function holdConnections(place: LoadPlace, connections: number): Promise<Service> {
  return await place.lab.start("holder", {
    command: await command(place, { kind: "hold", connections }),
    isReady: (service) => service.output().includes(holding),
  });
}

async function runJob<Result>(place: LoadPlace, job: LoadJob): Promise<Result> {
  const { stdout } = await place.lab.run(await command(place, job));
  return JSON.parse(stdout);
}

async function command({ route, upstream }: LoadPlace, job: LoadJob): Promise<string[]> {
  const host = `${apiHost}:${upstream.port}`;
  const order: LoadOrder = {
    job,
    host,
    target: {
      port: route.port,
      hostname: apiHost,
      caCerts: [await Deno.readTextFile(route.caFile)],
      ...route.kind === "connect" ? { connectTo: host } : {},
    },
    ...route.authorization === undefined ? {} : { authorization: route.authorization },
  };
  return [
    ...[Deno.execPath(), "run", "--frozen", "--quiet", "--no-prompt", "--allow-net"],
    ...[new URL("load_client.ts", import.meta.url).pathname, JSON.stringify(order)],
  ];
}
