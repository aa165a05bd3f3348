import assert from "node:assert/strict";
import { countedMetrics } from "../support/counted_metrics.ts";
import { metricLabels, usedNames } from "../support/prometheus_names.ts";
import { promtool } from "../support/promtool.ts";
import { testWith, tool } from "../support/tools.ts";
import { TempDir } from "../support/temp_dir.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

async function dashboard(): Promise<Dashboard> {
  const file = new URL("../../deploy/grafana/dashboard.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(file));
}

Deno.test("the Grafana dashboard is made of metrics and labels that /metrics has", async () => {
  const metrics = metricLabels(await countedMetrics().text());
  const { panels, templating } = await dashboard();
  for (const { title, targets = [] } of panels) {
    for (const { expr, legendFormat } of targets) {
      const used = usedNames(expr);
      assert.ok(used.length > 0, title);
      for (const name of used) assert.ok(metrics.has(name), `${title}: ${name}`);
      const labels = new Set(used.flatMap((name) => [...metrics.get(name) ?? []]));
      const asked = [
        ...[...expr.matchAll(/(\w+)(?:=|!=|=~|!~)"/g)].map(([, label]) => label),
        ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/, */)),
        ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label),
      ];
      for (const label of asked) assert.ok(labels.has(label ?? ""), `${title}: ${label}`);
    }
  }
  for (const { name, type, definition = "" } of templating.list) {
    if (type !== "query") continue;
    for (const used of usedNames(definition)) assert.ok(metrics.has(used), `${name}: ${used}`);
  }
});

Deno.test("the Grafana dashboard can be imported: its own names, panels beside each other, variables that exist", async () => {
  const { uid, title, schemaVersion, panels, templating } = await dashboard();
  assert.deepEqual([uid, title, schemaVersion], ["auth-proxy", "auth-proxy", 39]);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        const cell = `${column},${line}`;
        assert.ok(!cells.has(cell), `${title} lies over another panel`);
        cells.add(cell);
      }
    }
  }
  const known = new Set([...templating.list.map(({ name }) => name), "__rate_interval", "__all"]);
  for (const [, name = ""] of JSON.stringify({ panels, templating }).matchAll(/\$\{?(\w+)/g)) {
    assert.ok(known.has(name), name);
  }
  for (const { type, datasource } of panels) {
    if (type !== "row") assert.equal(datasource?.uid, "${datasource}");
  }
});

testWith("promtool reads every expression of the Grafana dashboard", {
  needs: [tool("promtool")],
  fn: async () => {
    const { panels } = await dashboard();
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    assert.ok(exprs.length > 30);
    const check = async (list: readonly string[]) => {
      const rules = list.map((expr, index) => ({
        record: `panel:${index}`,
        expr: expr.replaceAll("$__rate_interval", "5m"),
      }));
      await using dir = await TempDir.create();
      const file = await dir.write("r.yaml", JSON.stringify({ groups: [{ name: "g", rules }] }));
      return await promtool(["check", "rules", file]);
    };
    assert.equal(await check(exprs), undefined);
    assert.match(await check(["sum by (rule) (rate(x))"]) ?? "", /expected type range vector/);
  },
});
