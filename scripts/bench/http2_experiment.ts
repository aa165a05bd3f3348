import { startAuthProxy } from "./auth_proxy.ts";
import type { Experiment } from "./experiment.ts";
import { metric } from "./metrics.ts";
import { measureRequests, type RequestLoad } from "./request_load.ts";
import { apiHost } from "./upstream.ts";

const load: RequestLoad = { path: "/small", connections: 32, warmUpSeconds: 1, seconds: 2.5 };
/** As many requests at a time. */
const http2Load: RequestLoad = { ...load, connections: 4, streams: 8 };

/** What a request costs over HTTP/2, on both sides of the proxy, beside one over HTTP/1.1. */
export const http2: Experiment = {
  name: "http2",
  about: "auth-proxy's CPU per request and requests/s over HTTP/2, 4 connections with 8 streams",
  run: async (bench, round) => {
    const { lab, upstream, samples } = bench;
    const host = `${apiHost}:${upstream.http2Port}`;
    const contender = await startAuthProxy(bench, {
      args: [
        ...["--audit-file", lab.join(`audit-http2-${round}.jsonl`)],
        ...["--rule", `${host},Authorization,BENCH_TOKEN`],
        ...["--connect-to", `${host}:127.0.0.1:${upstream.http2Port}`],
      ],
    });
    const measure = async (each: RequestLoad) =>
      await measureRequests(contender, { setting: bench, load: each });
    // Code gets warm for both.
    await measure(load);
    await measure(http2Load);
    const overHttp1 = await measure(load);
    const overHttp2 = await measure(http2Load);
    await contender.stop();
    const { name } = contender;
    samples.add(metric.http2Requests, name, overHttp2.requestsPerSecond);
    samples.add(metric.http2Cpu, name, overHttp2.cpuMicrosPerRequest);
    samples.add(
      metric.http2Cost,
      name,
      overHttp2.cpuMicrosPerRequest / overHttp1.cpuMicrosPerRequest,
    );
  },
};
