import { direct, directRoute } from "./direct.ts";
import { type Experiment, isSlow, measuring, rotated } from "./experiment.ts";
import { measureConnections, measureLatency } from "./load.ts";
import { metric } from "./metrics.ts";
import { treeCpuMicros } from "./process_cpu.ts";

/** What a proxy adds to the time of a request while it has little to do. */
export const latency: Experiment = {
  name: "latency",
  about: "p50 and p99 latency at 200 requests/s over 8 kept-alive connections",
  run: async ({ lab, upstream, running, samples }, round) => {
    const places = [...running, { name: direct, route: directRoute(upstream) }];
    const results = new Map<string, { readonly p50: number; readonly p99: number }>();
    for (const { name, route } of rotated(places, round)) {
      const times = { warmUpSeconds: 0.5, seconds: 3 };
      const place = { lab, upstream, route };
      results.set(name, await measuring(name, () => measureLatency(place, times)));
    }
    const without = results.get(direct);
    for (const [name, { p50, p99 }] of results) {
      samples.add(metric.p50, name, p50);
      samples.add(metric.p99, name, p99);
      if (without === undefined || name === direct) continue;
      samples.add(metric.addedP50, name, p50 - without.p50);
      samples.add(metric.addedP99, name, p99 - without.p99);
    }
  },
};

/** What each new client costs: CONNECT, a full TLS handshake, one request. */
export const connections: Experiment = {
  name: "connections",
  about: "new intercepted connections/s, 16 at a time",
  run: async (bench, round) => {
    const { lab, upstream, running, samples } = bench;
    for (const { name, route, pid } of rotated(running, round)) {
      const warmUpSeconds = isSlow(bench, name) ? 1 : 0.5;
      const before = { cpu: treeCpuMicros(pid), requests: await upstream.countRequests() };
      const place = { lab, upstream, route };
      const perSecond = await measuring(
        name,
        () => measureConnections(place, { warmUpSeconds, seconds: 3 }),
      );
      const requests = await upstream.countRequests() - before.requests - 1;
      samples.add(metric.connections, name, perSecond);
      samples.add(metric.connectionCpu, name, (treeCpuMicros(pid) - before.cpu) / requests);
    }
  },
};
