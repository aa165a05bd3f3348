import assert from "node:assert/strict";
import { parse } from "yaml";
import { countedMetrics } from "../support/counted_metrics.ts";
import { metricLabels, usedNames } from "../support/prometheus_names.ts";
import { promtool } from "../support/promtool.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";

const folder = new URL("../../deploy/prometheus/", import.meta.url).pathname;

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

async function alertRules(): Promise<AlertRule[]> {
  const { groups } = parse(await Deno.readTextFile(`${folder}alerts.yaml`));
  return groups.flatMap(({ rules }: { rules: AlertRule[] }) => rules);
}

Deno.test("usedNames() finds metrics among functions, labels and ranges", () => {
  const expr =
    'sum by (rule) (rate(a_b{c="d_e"}[5m])) / on (x) group_left max_over_time(y[1h]) > 1';
  assert.deepEqual(usedNames(expr), ["a_b", "y"]);
  assert.deepEqual(usedNames('label_values(a_b{c="$d"}, e_f)'), ["a_b"]);
});

Deno.test("every alert is made of metrics and labels that /metrics has", async () => {
  const metrics = metricLabels(await countedMetrics().text());
  // Prometheus's own.
  metrics.set("up", new Set(["job", "instance"]));
  const rules = await alertRules();
  assert.equal(rules.length, 14);
  for (const { alert, expr, annotations } of rules) {
    const used = usedNames(expr);
    assert.ok(used.length > 0, alert);
    for (const name of used) assert.ok(metrics.has(name), `${alert}: ${name}`);
    const labels = used.flatMap((name) => [...metrics.get(name) ?? []]);
    for (const [, label = ""] of Object.values(annotations).join().matchAll(/\$labels\.(\w+)/g)) {
      assert.ok([...labels, "instance"].includes(label), `${alert}: ${label}`);
    }
  }
});

testWith("promtool: the alerts are rules, and each is raised when it should be and not before", {
  needs: [tool("promtool")],
  fn: async () => {
    assert.equal(await promtool(["check", "rules", "alerts.yaml"], { cwd: folder }), undefined);
    const test = ["test", "rules", "alerts_test.yaml"];
    assert.equal(await promtool(test, { cwd: folder }), undefined);
    const text = await Deno.readTextFile(`${folder}alerts_test.yaml`);
    for (const { alert } of await alertRules()) assert.ok(text.includes(`"${alert}"`), alert);
    await using dir = await TempDir.create();
    const alerts = await Deno.readTextFile(`${folder}alerts.yaml`);
    await dir.write("alerts.yaml", alerts.replace("rule_available == 0", "rule_available == 2"));
    await dir.write("alerts_test.yaml", text);
    assert.match(await promtool(test, { cwd: dir.path }) ?? "", /AuthProxyRuleUnavailable/);
  },
});
