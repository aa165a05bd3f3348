/**
 * The door to prom-client. Loading it takes 100 ms and more, so it is reached by `await import()` when
 * metrics are asked for.
 *
 * @module
 */
import { Counter, Gauge, type Histogram, Registry } from "prom-client";
import { latencyBuckets } from "./latency_histogram.ts";
import type { MetricCounts } from "./metric_counts.ts";
import type { HistogramRow, Row } from "./metric_row.ts";
import { counters, gauges, histograms } from "./metric_rows.ts";
import type { MetricSources } from "./metric_sources.ts";

/** Makes a registry that takes its numbers from these whenever it is read. */
export function makeRegistry(counts: MetricCounts, sources: MetricSources): Registry {
  const registry = new Registry();
  for (const row of counters(counts, sources)) {
    new Counter({
      ...description(row),
      registers: [registry],
      collect() {
        this.reset();
        for (const [values, count] of row.read()) this.inc(labelled(row, values), count);
      },
    });
  }
  for (const row of histograms(counts)) registry.registerMetric(countedHistogram(row));
  for (const row of gauges(sources)) {
    new Gauge({
      ...description(row),
      registers: [registry],
      collect() {
        // What is not there any more is not told any more.
        this.reset();
        for (const [values, value] of row.read()) this.set(labelled(row, values), value);
      },
    });
  }
  return registry;
}

/**
 * A histogram of what has been counted elsewhere. Prom-client's own takes one observation at a time;
 * all that its registry asks of a metric is this.
 */
function countedHistogram({ name, help, read }: HistogramRow): Histogram {
  const metric = {
    name,
    get: () =>
      Promise.resolve({ name, help, type: "histogram", values: [...samples(name, read())] }),
  };
  return metric as unknown as Histogram;
}

function* samples(name: string, series: ReturnType<HistogramRow["read"]>) {
  for (const [rule, histogram] of series) {
    const { cumulative, sum } = histogram;
    for (const [index, value] of cumulative.entries()) {
      const le = String(latencyBuckets[index] ?? "+Inf");
      yield { metricName: `${name}_bucket`, labels: { le, rule }, value };
    }
    yield { metricName: `${name}_sum`, labels: { rule }, value: sum };
    yield { metricName: `${name}_count`, labels: { rule }, value: cumulative.at(-1) ?? 0 };
  }
}

function description({ name, help, labels }: Row) {
  return { name, help, labelNames: labels ?? [] };
}

function labelled({ labels = [] }: Row, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
}
