import type { Route } from "./contender.ts";
import { type CurlOptions, type CurlResult, runCurl } from "./curl.ts";
import { direct, directRoute } from "./direct.ts";
import { type Bench, type Experiment, isSlow, measuring, rotated } from "./experiment.ts";
import { labelOf, metric } from "./metrics.ts";
import { treeCpuMicros } from "./process_cpu.ts";
import { blindHost, mebibyte } from "./upstream.ts";

const gibibyte = 1024 * mebibyte;
/** The 1 GiB goes up in so many bodies: see {@linkcode upload}. */
const uploads = 64;

export const download: Experiment = {
  name: "download",
  about: "1 GiB down: MB/s and CPU",
  run: (bench, round) =>
    runTransfers(bench, {
      round,
      metrics: { rate: metric.downloadRate, cpu: metric.downloadCpu },
      routeOf: ({ route }) => route,
      transfer: (size) => ({ path: `/download/${size}` }),
      octets: ({ down }) => down,
    }),
};

/**
 * In bodies of 16 MiB: the upstream keeps a body in a file until it has all of it, and a disk that
 * writes out a longer one would be what is measured. squid 5.7 resets longer ones, too.
 */
export const upload: Experiment = {
  name: "upload",
  about: "1 GiB up, 16 MiB at a time: MB/s and CPU",
  run: (bench, round) =>
    runTransfers(bench, {
      round,
      metrics: { rate: metric.uploadRate, cpu: metric.uploadCpu },
      parts: uploads,
      routeOf: ({ route }) => route,
      transfer: (size) => ({ path: "/upload", upload: bench.upstream.uploadFile(size) }),
      octets: ({ up }) => up,
    }),
};

export const tunnel: Experiment = {
  name: "tunnel",
  about: "1 GiB down through a tunnel that is not decrypted",
  run: (bench, round) =>
    runTransfers(bench, {
      round,
      metrics: { rate: metric.tunnelRate, cpu: metric.tunnelCpu },
      routeOf: ({ tunnel }) => tunnel,
      transfer: (size) => ({ host: blindHost, path: `/download/${size}` }),
      octets: ({ down }) => down,
    }),
};

interface Participant {
  readonly name: string;
  readonly pid?: number;
  readonly route: Route;
  readonly tunnel?: Route;
}

interface TransferOptions {
  readonly round: number;
  readonly metrics: { readonly rate: string; readonly cpu: string };
  /** In how many transfers the 1 GiB goes; one if not given. */
  readonly parts?: number;
  routeOf(participant: Participant): Route | undefined;
  transfer(size: number): Omit<CurlOptions, "route" | "upstream">;
  octets(result: CurlResult["octets"]): number;
}

async function runTransfers(bench: Bench, options: TransferOptions): Promise<void> {
  const { upstream, running, samples } = bench;
  const straight = directRoute(upstream);
  const participants: Participant[] = [
    ...running,
    { name: direct, route: straight, tunnel: straight },
  ];
  for (const participant of rotated(participants, options.round)) {
    const { name, pid } = participant;
    const route = options.routeOf(participant);
    if (route === undefined) continue;
    const before = cpuSeconds(pid);
    const tries = await measuring(
      name,
      () => transferAll(name, { bench, options, route }),
    );
    const cpu = cpuSeconds(pid) - before;
    const whole = tries.filter(({ complete }) => complete);
    if (whole.length === 0) throw new Error(`Cannot measure ${name}: no transfer came through`);
    const seconds = sum(whole.map((one) => one.seconds));
    samples.add(options.metrics.rate, name, sum(whole.map((one) => one.octets)) / 1e6 / seconds);
    if (pid !== undefined) {
      samples.add(options.metrics.cpu, name, cpu * gibibyte / sum(tries.map((one) => one.octets)));
    }
  }
}

interface Transfer {
  readonly complete: boolean;
  /** Also of a transfer that broke. */
  readonly octets: number;
  readonly seconds: number;
}

/** All parts; one that breaks is noted, unless it is ours that broke it. */
async function transferAll(
  name: string,
  { bench, options, route }: {
    readonly bench: Bench;
    readonly options: TransferOptions;
    readonly route: Route;
  },
): Promise<Transfer[]> {
  const { parts = 1, metrics } = options;
  const total = isSlow(bench, name) ? gibibyte / 8 : gibibyte;
  const all: Transfer[] = [];
  for (let octets = 0; octets < total; octets += gibibyte / parts) {
    const size = Math.min(gibibyte / parts, total);
    const one = await transfer(size, { bench, options, route });
    all.push(one);
    if (one.complete) continue;
    if (name.startsWith("auth-proxy") || name === direct) {
      throw new Error(`a transfer broke after ${one.octets} octets`);
    }
    bench.notes.add(`${name} broke off transfers (${labelOf(metrics.rate)}); they do not count`);
  }
  return all;
}

async function transfer(
  size: number,
  { bench: { lab, upstream }, options, route }: {
    readonly bench: Bench;
    readonly options: TransferOptions;
    readonly route: Route;
  },
): Promise<Transfer> {
  const result = await runCurl(lab, { ...options.transfer(size), route, upstream });
  const octets = options.octets(result.octets);
  return { complete: result.status === 200 && octets === size, octets, seconds: result.seconds };
}

function cpuSeconds(pid: number | undefined): number {
  return pid === undefined ? NaN : treeCpuMicros(pid) / 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
