import { startAuthProxy } from "./auth_proxy.ts";
import type { RunningContender } from "./contender.ts";
import { runCurl } from "./curl.ts";
import type { Bench, Experiment } from "./experiment.ts";
import { metric } from "./metrics.ts";
import { treeCpuMicros } from "./process_cpu.ts";
import { measureRequests, type RequestLoad } from "./request_load.ts";
import { apiHost, codedOctets, mebibyte } from "./upstream.ts";

const load: RequestLoad = { path: "/small", connections: 32, warmUpSeconds: 0.5, seconds: 2.5 };
const gibibyte = 1024 * mebibyte;

interface Variant {
  readonly contender: RunningContender;
  micros: number;
  downloadRate: number;
}

/** What it costs to search responses for credentials, and to keep an audit log. */
export const guards: Experiment = {
  name: "guards",
  about: "auth-proxy's CPU per request and 1 GiB down with and without redaction and audit",
  run: async (bench, round) => {
    const { bare, redaction, audit } = await startVariants(bench);
    const variants = [bare, redaction, audit];
    for (const { contender } of variants) {
      await measureRequests(contender, { setting: bench, load });
    }
    // Forth and back, so that what drifts meanwhile falls on all.
    const order = round % 2 === 0 ? variants : variants.toReversed();
    for (const variant of [...order, ...order.toReversed()]) {
      const { contender } = variant;
      const figures = await measureRequests(contender, { setting: bench, load });
      variant.micros += figures.cpuMicrosPerRequest / 2;
      const { seconds } = await fetchOnce(bench, contender, `/download/${gibibyte}`);
      variant.downloadRate += gibibyte / 1e6 / seconds / 2;
    }
    const { name } = bare.contender;
    const add = (row: string, value: number) => bench.samples.add(row, name, value);
    add(metric.bareCpu, bare.micros);
    add(metric.redactionCost, redaction.micros / bare.micros);
    add(metric.auditCost, audit.micros / bare.micros);
    add(metric.redactionDownload, redaction.downloadRate / bare.downloadRate);
    for (const [coding, row] of [["gzip", metric.gzipRate], ["br", metric.brotliRate]] as const) {
      const before = treeCpuMicros(redaction.contender.pid);
      const { seconds } = await fetchOnce(bench, redaction.contender, `/coded/${coding}`);
      add(row, codedOctets / 1e6 / seconds);
      const cpu = (treeCpuMicros(redaction.contender.pid) - before) / 1e6;
      add(coding === "gzip" ? metric.gzipCpu : metric.brotliCpu, cpu * gibibyte / codedOctets);
    }
    for (const { contender } of variants) await contender.stop();
  },
};

async function startVariants(
  bench: Bench,
): Promise<Record<"bare" | "redaction" | "audit", Variant>> {
  const { lab } = bench;
  const off = await lab.write(
    "redaction-off.yaml",
    `redaction: { off: ["${apiHost}"] }\n`,
  );
  const start = async (args: readonly string[]): Promise<Variant> => ({
    contender: await startAuthProxy(bench, { args }),
    micros: 0,
    downloadRate: 0,
  });
  return {
    bare: await start(["--config", off, "--audit-file", "none"]),
    redaction: await start(["--audit-file", "none"]),
    audit: await start(["--config", off, "--audit-file", lab.join("audit.jsonl")]),
  };
}

async function fetchOnce({ lab, upstream }: Bench, { route }: RunningContender, path: string) {
  const result = await runCurl(lab, { route, upstream, path });
  if (result.status === 200) return result;
  throw new Error(`Cannot fetch ${path}: status ${result.status}`);
}
