import assert from "node:assert/strict";
import { Metrics } from "../../src/observe/metrics.ts";

const names = {
  rules: ["github", "sentry"],
  secrets: ["GITHUB_TOKEN"],
  placeholders: ["GITHUB_TOKEN"],
};

function open(): Metrics {
  return new Metrics(names, {
    openConnections: () => 3,
    auditLinesLost: () => 7,
    configuration: () => ({
      loadedAt: 1_790_000_001_500,
      reloads: 4,
      rejections: 2,
      isRejected: true,
    }),
    startedAt: 1_790_000_000_500,
  });
}

/** The samples of one metric, sorted. */
async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.text()).split("\n");
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)).sort();
}

Deno.test("Metrics counts exchanges by rule, agent, decision and class of status", async () => {
  const metrics = open();
  const allow = { rule: "github", agent: "ci", decision: "allow" } as const;
  for (const status of [200, 204, 101, 304, 404, 502, undefined, 0, 999]) {
    metrics.countExchange({ ...allow, status });
  }
  metrics.countExchange({ rule: "sentry", decision: "deny", status: 403 });
  metrics.countExchange({ decision: "error", status: 502 });
  const name = "auth_proxy_exchanges_total";
  const github = `${name}{rule="github",agent="ci",decision="allow",status_class=`;
  assert.deepEqual(await samples(metrics, name), [
    `${github}"1xx"} 1`,
    `${github}"2xx"} 2`,
    `${github}"3xx"} 1`,
    `${github}"4xx"} 1`,
    `${github}"5xx"} 1`,
    `${github}"none"} 3`,
    `${name}{rule="none",agent="none",decision="error",status_class="5xx"} 1`,
    `${name}{rule="sentry",agent="none",decision="deny",status_class="4xx"} 1`,
  ]);
});

Deno.test("Metrics tells how the configuration has fared", async () => {
  const metrics = open();
  assert.deepEqual(await samples(metrics, "auth_proxy_config_reloads_total"), [
    'auth_proxy_config_reloads_total{result="rejected"} 2',
    'auth_proxy_config_reloads_total{result="reloaded"} 4',
  ]);
  assert.deepEqual(await samples(metrics, "auth_proxy_config_last_reload_successful"), [
    "auth_proxy_config_last_reload_successful 0",
  ]);
  assert.deepEqual(await samples(metrics, "auth_proxy_config_loaded_timestamp_seconds"), [
    "auth_proxy_config_loaded_timestamp_seconds 1790000001.5",
  ]);
});

Deno.test("Metrics.learn() takes the names of another configuration, and keeps those before", async () => {
  const metrics = open();
  metrics.countExchange({ rule: "new", decision: "allow", status: 200 });
  metrics.learn({ rules: ["new"], secrets: [], placeholders: [] });
  metrics.countExchange({ rule: "new", decision: "allow", status: 200 });
  metrics.countExchange({ rule: "github", decision: "allow", status: 200 });
  const name = "auth_proxy_exchanges_total";
  const end = 'agent="none",decision="allow",status_class="2xx"} 1';
  assert.deepEqual(await samples(metrics, name), [
    `${name}{rule="github",${end}`,
    `${name}{rule="new",${end}`,
    `${name}{rule="other",${end}`,
  ]);
});

Deno.test("Metrics adds to what it told before, and tells it as often as it is asked", async () => {
  const metrics = open();
  metrics.countTunnel("allow");
  const first = await samples(metrics, "auth_proxy_tunnels_total");
  assert.deepEqual(first, ['auth_proxy_tunnels_total{decision="allow"} 1']);
  assert.deepEqual(await samples(metrics, "auth_proxy_tunnels_total"), first);
  metrics.countTunnel("allow");
  metrics.countTunnel("deny");
  const [one, two] = await Promise.all([metrics.text(), metrics.text()]);
  assert.match(one, /tunnels_total\{decision="allow"\} 2\n.*decision="deny"\} 1\n/);
  assert.match(two, /tunnels_total\{decision="allow"\} 2\n.*decision="deny"\} 1\n/);
});

Deno.test("Metrics counts redactions, alarms and refusals by rate limits", async () => {
  const metrics = open();
  metrics.countRedactions("GITHUB_TOKEN", 2);
  metrics.countRedactions("GITHUB_TOKEN", 3);
  metrics.countCanaryAlarm("GITHUB_TOKEN");
  metrics.countRateLimited({ rule: "github", agent: "ci" });
  const table: [string, string][] = [
    ["auth_proxy_redactions_total", '{secret="GITHUB_TOKEN"} 5'],
    ["auth_proxy_canary_alarms_total", '{placeholder="GITHUB_TOKEN"} 1'],
    ["auth_proxy_rate_limited_total", '{rule="github",agent="ci"} 1'],
    ["auth_proxy_audit_lines_lost_total", " 7"],
    ["auth_proxy_open_connections", " 3"],
    ["process_start_time_seconds", " 1790000000.5"],
  ];
  for (const [name, sample] of table) {
    assert.deepEqual(await samples(metrics, name), [name + sample]);
  }
});

Deno.test("Metrics has no label that a client could choose, so no more series than the names allow", async () => {
  const metrics = open();
  for (let number = 0; number < 1000; number++) {
    const name = `x"}\n${number}`;
    metrics.countExchange({ rule: name, agent: "ci", decision: "allow", status: number });
    metrics.countExchange({ rule: "github", agent: "ci", decision: "allow", status: 200 });
    metrics.countRedactions(name, 1);
    metrics.countCanaryAlarm(name);
    metrics.countRateLimited({ rule: name, agent: "ci" });
  }
  const text = await metrics.text();
  assert.doesNotMatch(text, /="x/);
  assert.deepEqual(await samples(metrics, "auth_proxy_redactions_total"), [
    'auth_proxy_redactions_total{secret="other"} 1000',
  ]);
  assert.deepEqual(await samples(metrics, "auth_proxy_rate_limited_total"), [
    'auth_proxy_rate_limited_total{rule="other",agent="ci"} 1000',
  ]);
  assert.equal((await samples(metrics, "auth_proxy_exchanges_total")).length, 7);
});

Deno.test("Metrics tells the process's CPU time and memory", async () => {
  const metrics = open();
  for (
    const name of [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "process_heap_bytes",
    ]
  ) {
    const [sample = ""] = await samples(metrics, name);
    assert.ok(Number(sample.split(" ")[1]) > 0, sample);
  }
});

Deno.test("Metrics.contentType is what prom-client says of its text", async () => {
  const { Registry } = await import("prom-client");
  assert.equal(Metrics.contentType, Registry.PROMETHEUS_CONTENT_TYPE);
});
