import type { Setting } from "./contender.ts";
import { measuring, type Place } from "./experiment.ts";
import { runH2load } from "./h2load.ts";
import { delay } from "./lab.ts";
import { treeCpuMicros } from "./process_cpu.ts";
import type { Upstream } from "./upstream.ts";
import { runWrk } from "./wrk.ts";

/** A load of requests, and how long it is looked at. */
export interface RequestLoad {
  readonly path: string;
  readonly connections: number;
  /** Requests at a time on each connection, over HTTP/2; over HTTP/1.1 if not given. */
  readonly streams?: number;
  /** Before the measured time: connections are opened, code gets warm. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface RequestFigures {
  readonly requestsPerSecond: number;
  /** CPU time of the proxy's process tree, user and system; NaN without a proxy. */
  readonly cpuMicrosPerRequest: number;
}

/** How long the load goes on at least after the measured time, in seconds. */
const tail = 0.3;

/**
 * Loads a place and looks at it from when all its connections are up: what it takes to open them is
 * another experiment. The requests of that time are counted where they end, at the upstream.
 */
export async function measureRequests(
  place: Place,
  { setting: { lab, upstream }, load }: { readonly setting: Setting; readonly load: RequestLoad },
): Promise<RequestFigures> {
  const { path, connections, streams, warmUpSeconds } = load;
  const { route, pid, name } = place;
  const seconds = Math.ceil(warmUpSeconds + load.seconds + tail);
  const run = streams === undefined
    ? runWrk(lab, { path, connections, route, upstream, seconds })
    : runH2load(lab, { path, connections, streams, port: route.port, upstream, seconds });
  const measured = (async () => {
    await delay(warmUpSeconds * 1000);
    const before = await sample(upstream, pid);
    await delay(load.seconds * 1000);
    const after = await sample(upstream, pid);
    // The later count includes the question itself.
    const requests = after.requests - before.requests - 1;
    return {
      requestsPerSecond: requests / ((after.millis - before.millis) / 1000),
      cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / requests,
    };
  })();
  const [, figures] = await measuring(name, () => Promise.all([run, measured]));
  if (!(figures.requestsPerSecond > 1)) {
    throw new Error(`Cannot measure ${name}: hardly a request came through`);
  }
  return figures;
}

async function sample(upstream: Upstream, pid: number | undefined) {
  const requests = await upstream.countRequests();
  return {
    requests,
    cpuMicros: pid === undefined ? NaN : treeCpuMicros(pid),
    millis: performance.now(),
  };
}
