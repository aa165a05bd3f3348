import { cpuMetric, labelOf, metric, requestsMetric } from "./metrics.ts";
import type { Samples } from "./samples.ts";

/** What a median of ours should be, in itself or times that of another. */
export interface Goal {
  readonly metric: string;
  readonly relation: "at most" | "at least" | "below";
  readonly limit: number;
  readonly times?: string;
}

/** A goal, and what came of it. */
export interface Outcome {
  readonly goal: string;
  /** Ours, as a multiple of the other's if it is compared; undefined if it was not measured. */
  readonly value?: number;
  readonly met?: boolean;
}

/** What we hold ourselves to. */
export const goals: readonly Goal[] = [
  { metric: cpuMetric(32), relation: "at most", limit: 0.55, times: "squid" },
  { metric: cpuMetric(32), relation: "at most", limit: 1 / 30, times: "mitmproxy" },
  { metric: cpuMetric(32), relation: "at most", limit: 1.6, times: "nginx" },
  { metric: requestsMetric(32), relation: "at least", limit: 2, times: "squid" },
  { metric: metric.connections, relation: "at least", limit: 1, times: "squid" },
  { metric: metric.downloadRate, relation: "at least", limit: 1.5, times: "squid" },
  { metric: metric.uploadRate, relation: "at least", limit: 1.5, times: "squid" },
  { metric: metric.addedP99, relation: "at most", limit: 1, times: "squid" },
  { metric: metric.rulesCost, relation: "at most", limit: 1.05 },
  { metric: metric.redactionCost, relation: "at most", limit: 1.08 },
  { metric: metric.auditCost, relation: "at most", limit: 1.1 },
  { metric: metric.http2Cost, relation: "at most", limit: 1.5 },
  { metric: metric.redactionDownload, relation: "at least", limit: 0.85 },
  { metric: metric.startUp, relation: "at most", limit: 200 },
  { metric: metric.memoryGrowth, relation: "at most", limit: 1.2 },
  { metric: metric.connectionMemory, relation: "below", limit: 40 },
];

/** Compares the medians of `ours` with each goal. */
export function judge(
  samples: Samples,
  { ours, wanted = goals }: { readonly ours: string; readonly wanted?: readonly Goal[] },
): Outcome[] {
  return wanted.map((goal) => {
    const { relation, limit, times } = goal;
    const text = `${labelOf(goal.metric)}: ${relation} ${
      times === undefined ? shorten(limit) : `${shorten(limit)} × ${times}`
    }`;
    const own = samples.median(goal.metric, ours);
    const other = times === undefined ? 1 : samples.median(goal.metric, times);
    if (own === undefined || other === undefined) return { goal: text };
    // Not by the quotient: an added latency may be zero, or below it by chance.
    const bound = limit * other;
    const met = relation === "at least"
      ? own >= bound
      : relation === "below"
      ? own < bound
      : own <= bound;
    return { goal: text, value: own / other, met };
  });
}

function shorten(value: number): string {
  return String(Number(value.toFixed(4)));
}
