import { direct, directRoute } from "./direct.ts";
import { type Bench, type Experiment, isSlow, rotated } from "./experiment.ts";
import { cpuMetric, requestsMetric, sizeMetrics } from "./metrics.ts";
import { measureRequests } from "./request_load.ts";
import { bodySizes } from "./upstream.ts";

/** Requests as fast as they are answered: CPU time for each, and how many a second. */
export const requests: Experiment = {
  name: "requests",
  about: "CPU per request and requests/s, 32 kept-alive connections",
  run: (bench, round) => runRequests(bench, { round, connections: 32, warmUpSeconds: 0.5 }),
};

/** The same with more clients than any agent has. */
export const requests256: Experiment = {
  name: "requests256",
  about: "requests/s, 256 kept-alive connections",
  rounds: 2,
  run: (bench, round) => runRequests(bench, { round, connections: 256, warmUpSeconds: 2 }),
};

/** How it goes with larger bodies. */
export const sizes: Experiment = {
  name: "sizes",
  about: "requests/s, MB/s and CPU per request with bodies of 1 KB to 1 MB",
  rounds: 2,
  run: async (bench, round) => {
    for (const [path, octets] of bodySizes) {
      for (const contender of rotated(bench.running, round)) {
        if (isSlow(bench, contender.name)) continue;
        const figures = await measureRequests(contender, {
          setting: bench,
          load: { path, connections: 32, warmUpSeconds: 0.5, seconds: 2 },
        });
        const { requestsPerSecond, cpuMicrosPerRequest } = figures;
        const metrics = sizeMetrics(octets);
        bench.samples.add(metrics.requests, contender.name, requestsPerSecond);
        bench.samples.add(metrics.rate, contender.name, requestsPerSecond * octets / 1e6);
        bench.samples.add(metrics.cpu, contender.name, cpuMicrosPerRequest);
      }
    }
  },
};

async function runRequests(
  bench: Bench,
  { round, connections, warmUpSeconds }: {
    readonly round: number;
    readonly connections: number;
    readonly warmUpSeconds: number;
  },
): Promise<void> {
  const reference = { name: direct, route: directRoute(bench.upstream) };
  // What the machine can do is measured once: it is no contender, and no goal is held against it.
  const places = round === 0 ? [...bench.running, reference] : bench.running;
  for (const place of rotated(places, round)) {
    const slow = isSlow(bench, place.name);
    const figures = await measureRequests(place, {
      setting: bench,
      load: {
        path: "/small",
        connections,
        warmUpSeconds: slow ? warmUpSeconds * 3 : warmUpSeconds,
        seconds: 2.2,
      },
    });
    bench.samples.add(requestsMetric(connections), place.name, figures.requestsPerSecond);
    if (place.name !== direct) {
      bench.samples.add(cpuMetric(connections), place.name, figures.cpuMicrosPerRequest);
    }
  }
}
