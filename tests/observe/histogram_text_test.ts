import assert from "node:assert/strict";
import { histogramText } from "../../src/observe/histogram_text.ts";
import { LatencyHistogram } from "../../src/observe/latency_histogram.ts";

Deno.test("histogramText() writes each series, with what its label holds escaped", () => {
  const histogram = new LatencyHistogram();
  histogram.observe(2);
  const name = "x_duration_seconds";
  const text = histogramText([
    { name, help: "How long.", read: () => [['a"b\\c\nd', histogram]] },
    { name: "y", help: "None.", read: () => [] },
  ]);
  const lines = text.split("\n");
  const rule = 'rule="a\\"b\\\\c\\nd"';
  assert.deepEqual(lines.slice(0, 4), [
    `# HELP ${name} How long.`,
    `# TYPE ${name} histogram`,
    `${name}_bucket{le="0.001",${rule}} 0`,
    `${name}_bucket{le="0.0025",${rule}} 1`,
  ]);
  assert.deepEqual(lines.slice(18), [
    `${name}_bucket{le="+Inf",${rule}} 1`,
    `${name}_sum{${rule}} 0.002`,
    `${name}_count{${rule}} 1`,
    "",
    "# HELP y None.",
    "# TYPE y histogram",
    "",
  ]);
});
