import type { LatencyHistogram } from "./latency_histogram.ts";

/** One metric, as Prometheus knows it. */
interface Description {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** A counter or a gauge. */
export interface Row extends Description {
  /** The values of the labels, and the number that belongs to them. */
  readonly read: () => Iterable<readonly [readonly string[], number]>;
}

/** A histogram of durations, whose label is the rule. */
export interface HistogramRow extends Description {
  readonly read: () => Iterable<readonly [string, LatencyHistogram]>;
}
