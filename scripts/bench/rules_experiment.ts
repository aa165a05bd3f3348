import { startAuthProxy } from "./auth_proxy.ts";
import type { Experiment } from "./experiment.ts";
import { metric } from "./metrics.ts";
import { measureRequests, type RequestLoad } from "./request_load.ts";

const load: RequestLoad = { path: "/small", connections: 32, warmUpSeconds: 0.5, seconds: 2.5 };
const few = { rules: 10, metric: metric.fewRules };
const many = { rules: 10_000, metric: metric.manyRules };

/** Whether many rules slow auth-proxy down. */
export const rules: Experiment = {
  name: "rules",
  about: "auth-proxy's CPU per request with 10 and with 10,000 rules",
  run: async (bench, round) => {
    const started = await Promise.all([few, many].map(async ({ rules, metric }) => ({
      metric,
      contender: await startAuthProxy(bench, { rules }),
      micros: 0,
    })));
    for (const { contender } of started) await measureRequests(contender, { setting: bench, load });
    // Forth and back, so that what drifts meanwhile falls on both.
    const order = round % 2 === 0 ? started : started.toReversed();
    for (const entry of [...order, ...order.toReversed()]) {
      const { cpuMicrosPerRequest } = await measureRequests(entry.contender, {
        setting: bench,
        load,
      });
      entry.micros += cpuMicrosPerRequest / 2;
    }
    for (const { metric, contender, micros } of started) {
      bench.samples.add(metric, contender.name, micros);
      await contender.stop();
    }
    const [first, second] = started;
    if (first !== undefined && second !== undefined) {
      bench.samples.add(metric.rulesCost, first.contender.name, second.micros / first.micros);
    }
  },
};
