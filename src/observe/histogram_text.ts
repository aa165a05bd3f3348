import { latencyBuckets } from "./latency_histogram.ts";
import type { HistogramRow } from "./metric_row.ts";

const bounds: readonly string[] = [...latencyBuckets.map(String), "+Inf"];

/**
 * Writes histograms in Prometheus's text format (version 0.0.4).
 *
 * Not by prom-client, whose histograms take one observation at a time, and whose text of so many
 * samples keeps every request waiting: 10 microseconds for each, of which there are fifty for a rule.
 */
export function histogramText(rows: readonly HistogramRow[]): string {
  return rows.map(({ name, help, read }) => {
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
    for (const [rule, histogram] of read()) {
      const { cumulative, sum } = histogram;
      const label = `rule="${escapeLabel(rule)}"`;
      for (const [index, le] of bounds.entries()) {
        lines.push(`${name}_bucket{le="${le}",${label}} ${cumulative[index]}`);
      }
      lines.push(`${name}_sum{${label}} ${sum}`, `${name}_count{${label}} ${cumulative.at(-1)}`);
    }
    return `${lines.join("\n")}\n`;
  }).join("\n");
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
