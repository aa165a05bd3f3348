import assert from "node:assert/strict";
import { type Goal, judge } from "../../scripts/bench/goals.ts";
import {
  parseCpuModel,
  renderReport,
  replaceBlock,
  type Report,
  reportJson,
} from "../../scripts/bench/report.ts";
import { Samples } from "../../scripts/bench/samples.ts";
import { formatNumber, formatRatio, renderGoals, renderTable } from "../../scripts/bench/table.ts";

function someSamples(): Samples {
  const samples = new Samples();
  for (const value of [50, 60, 70]) samples.add("cpu", "ours", value);
  samples.add("cpu", "squid", 120);
  samples.add("rate", "ours", 12_345);
  samples.add("rate", "direct", 50_000);
  samples.add("added", "ours", 40);
  samples.add("added", "squid", -10);
  return samples;
}

const lines = [
  { metric: "cpu", label: "CPU", digits: 1 },
  { metric: "rate", label: "requests/s", digits: 0 },
  { metric: "absent", label: "not measured", digits: 0 },
  { metric: "added", label: "added", digits: 0 },
];

Deno.test("renderTable() aligns, gives ratios of ours to theirs and leaves out what nobody has", () => {
  assert.equal(
    renderTable(someSamples(), { columns: ["ours", "squid", "direct"], lines }),
    `
|            |   ours |        squid |        direct |
| ---------- | -----: | -----------: | ------------: |
| CPU        |   60.0 | 120.0 (0.50) |               |
| requests/s | 12,345 |              | 50,000 (0.25) |
| added      |     40 |    -10 (n/a) |               |`.trimStart(),
  );
});

Deno.test("formatRatio() keeps two or three digits that count", () => {
  const cases: [number, string][] = [
    [0.0323, "0.0323"],
    [0.5, "0.50"],
    [1.234, "1.23"],
    [31.54, "31.5"],
    [312.4, "312"],
    [Infinity, "n/a"],
    [NaN, "n/a"],
    [-2, "n/a"],
  ];
  for (const [value, text] of cases) assert.equal(formatRatio(value), text);
  assert.equal(formatNumber(1234567.891, 2), "1,234,567.89");
});

Deno.test("judge() tells met, missed and not measured apart, also at the limit", () => {
  const goals: Goal[] = [
    { metric: "cpu", relation: "at most", limit: 0.5, times: "squid" },
    { metric: "cpu", relation: "at most", limit: 0.49, times: "squid" },
    { metric: "cpu", relation: "at least", limit: 0.5, times: "squid" },
    { metric: "cpu", relation: "at least", limit: 0.51, times: "squid" },
    { metric: "cpu", relation: "at most", limit: 60 },
    { metric: "cpu", relation: "below", limit: 60 },
    { metric: "cpu", relation: "below", limit: 60.1 },
    { metric: "cpu", relation: "at most", limit: 1, times: "mitmproxy" },
    { metric: "absent", relation: "at most", limit: 1 },
  ];
  const outcomes = judge(someSamples(), { ours: "ours", wanted: goals });
  assert.deepEqual(
    outcomes.map(({ met }) => met),
    [true, false, true, false, true, false, true, undefined, undefined],
  );
  assert.deepEqual(outcomes[0], { goal: "cpu: at most 0.5 × squid", value: 0.5, met: true });
});

Deno.test("judge() compares values, not quotients: theirs may be below zero", () => {
  const wanted: Goal[] = [{ metric: "added", relation: "at most", limit: 1, times: "squid" }];
  const [outcome] = judge(someSamples(), { ours: "ours", wanted });
  assert.equal(outcome?.met, false);
});

Deno.test("renderGoals() says of each goal what came of it", () => {
  assert.equal(
    renderGoals([
      { goal: "a", value: 0.5, met: true },
      { goal: "b", value: 2, met: false },
      { goal: "c" },
    ]),
    "- met: a (0.50)\n- MISSED: b (2.00)\n- not measured: c",
  );
});

function someReport(): Report {
  return {
    date: "2026-01-02T03:04:05.000Z",
    machine: { cpu: "Some CPU", cores: 2, kernel: "Linux 6" },
    versions: { ours: "ours 1", squid: "squid 5" },
    rounds: 3,
    samples: someSamples(),
    notes: ["squid broke off"],
    columns: ["ours", "squid"],
    outcomes: [{ goal: "a", value: 0.5, met: true }, { goal: "c" }],
  };
}

Deno.test("renderReport() says when, where, with what, and what was odd", () => {
  const text = renderReport(someReport());
  for (
    const part of ["2026-01-02", "Some CPU", "2 cores", "squid 5", "squid broke off", "met: a"]
  ) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(!text.includes("not measured"));
});

Deno.test("reportJson() holds medians, all values, machine, versions and goals", () => {
  const read = JSON.parse(reportJson(someReport()));
  assert.deepEqual(read.medians.cpu, { ours: 60, squid: 120 });
  assert.deepEqual(read.samples.cpu.ours, [50, 60, 70]);
  assert.deepEqual(read.machine, { cpu: "Some CPU", cores: 2, kernel: "Linux 6" });
  assert.equal(read.versions.squid, "squid 5");
  assert.deepEqual(read.outcomes[0], { goal: "a", value: 0.5, met: true });
  assert.deepEqual(read.contenders, ["ours", "squid"]);
});

Deno.test("replaceBlock() replaces what is between the marks, again and again", () => {
  const file = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n";
  const once = replaceBlock(file, "new\n");
  assert.equal(once, "a\n<!-- bench -->\n\nnew\n\n<!-- /bench -->\nb\n");
  assert.equal(replaceBlock(once, "new"), once);
});

Deno.test("replaceBlock() refuses a file without one pair of marks in order", () => {
  const files = [
    "",
    "<!-- bench -->",
    "<!-- /bench -->",
    "<!-- /bench --> <!-- bench -->",
    "<!-- bench --><!-- /bench --><!-- bench --><!-- /bench -->",
    "<!-- bench --><!-- /bench --><!-- /bench -->",
  ];
  for (const file of files) {
    assert.throws(() => replaceBlock(file, "x"), /^Error: Cannot write the table: /, file);
  }
});

Deno.test("parseCpuModel() takes the first model name", () => {
  assert.equal(parseCpuModel("processor\t: 0\nmodel name\t: A CPU\nmodel name\t: B\n"), "A CPU");
  assert.equal(parseCpuModel("processor\t: 0\n"), "unknown CPU");
});
