import { startAuthProxy } from "./auth_proxy.ts";
import { type Bench, type Experiment, isSlow, measuring } from "./experiment.ts";
import type { Contender } from "./contender.ts";
import { delay } from "./lab.ts";
import { holdConnections, sendRequests } from "./load.ts";
import { metric } from "./metrics.ts";
import { treeResidentKib } from "./process_cpu.ts";

/** How long memory is left to settle before it is read. */
const settleMs = 1500;

/** Opened and closed before idle connections are weighed: what the first ones load is not theirs. */
const warmUpConnections = 20;
const idleConnections = 1000;
const loadRequests = 50_000;
const slowLoadRequests = 2_000;

/** The memory of a fresh process: idle, with idle connections, after load. */
export const footprint: Experiment = {
  name: "footprint",
  about: "RSS idle, per idle intercepted connection (1,000), and after 50,000 requests",
  rounds: 1,
  run: async (bench) => {
    for (const contender of bench.contenders) {
      await measuring(contender.name, () => weigh(contender, bench));
    }
  },
};

async function weigh(contender: Contender, bench: Bench): Promise<void> {
  const { lab, upstream, samples } = bench;
  const { name, pid, route, stop } = await contender.start(bench);
  const place = { lab, upstream, route };
  samples.add(metric.idleMemory, name, await settledKib(pid) / 1024);
  await (await holdConnections(place, warmUpConnections)).stop();
  const before = await settledKib(pid);
  const held = await holdConnections(place, idleConnections);
  const during = await settledKib(pid);
  samples.add(metric.connectionMemory, name, (during - before) / idleConnections);
  await held.stop();
  await sendRequests(place, isSlow(bench, name) ? slowLoadRequests : loadRequests);
  samples.add(metric.loadedMemory, name, await settledKib(pid) / 1024);
  await stop();
}

/** Whether auth-proxy's memory grows with the requests that it has served. */
export const memory: Experiment = {
  name: "memory",
  about: "auth-proxy's RSS after 50,000 and after 500,000 requests (about 2 minutes)",
  rounds: 1,
  onRequest: true,
  run: async (bench) => {
    const { lab, upstream, samples } = bench;
    const { name, pid, route, stop } = await startAuthProxy(bench);
    const place = { lab, upstream, route };
    await sendRequests(place, loadRequests);
    const early = await settledKib(pid);
    await sendRequests(place, loadRequests * 9);
    const late = await settledKib(pid);
    samples.add(metric.memory50k, name, early / 1024);
    samples.add(metric.memory500k, name, late / 1024);
    samples.add(metric.memoryGrowth, name, late / early);
    await stop();
  },
};

async function settledKib(pid: number): Promise<number> {
  await delay(settleMs);
  return treeResidentKib(pid);
}
