/**
 * The door to prom-client. Loading it takes 100 ms and more, so it is reached by `await import()` when
 * metrics are asked for.
 *
 * @module
 */
import { Counter, Gauge, Registry } from "prom-client";
import { histogramText } from "./histogram_text.ts";
import type { MetricCounts } from "./metric_counts.ts";
import type { Row } from "./metric_row.ts";
import { counters, gauges, histograms } from "./metric_rows.ts";
import type { MetricSources } from "./metric_sources.ts";

/** Makes what writes everything in Prometheus's text format. */
export function metricsWriter(counts: MetricCounts, sources: MetricSources): () => Promise<string> {
  const registry = makeRegistry(counts, sources);
  const rows = histograms(counts);
  return async () => `${await registry.metrics()}\n${histogramText(rows)}`;
}

/** A registry of counters and gauges that takes its numbers from these whenever it is read. */
function makeRegistry(counts: MetricCounts, sources: MetricSources): Registry {
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

function description({ name, help, labels }: Row) {
  return { name, help, labelNames: labels ?? [] };
}

function labelled({ labels = [] }: Row, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
}
