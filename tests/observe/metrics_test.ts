import assert from "node:assert/strict";
import { Metrics } from "../../src/observe/metrics.ts";
import { metricSources } from "../support/metric_sources.ts";

const names = {
  rules: ["github", "sentry"],
  secrets: ["GITHUB_TOKEN"],
  placeholders: ["GITHUB_TOKEN"],
};

function open(): Metrics {
  return new Metrics(names, metricSources);
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

Deno.test("Metrics tells numbers that have no labels, or one name", async () => {
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
    ["auth_proxy_connections_evicted_total", " 5"],
    ["auth_proxy_upstream_connections_opened_total", " 11"],
    ["auth_proxy_upstream_connections_reused_total", " 12"],
    ["auth_proxy_upstream_open_connections", " 9"],
    ["auth_proxy_upstream_idle_connections", " 2"],
    ["auth_proxy_leaf_certificates_minted_total", " 23"],
    ["auth_proxy_leaf_cache_certificates", " 24"],
    ["auth_proxy_ca_expiry_timestamp_seconds", " 1800000000"],
    ["auth_proxy_build_info", `{version="1.2.3",deno="${Deno.version.deno}"} 1`],
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
    const ms = { total: number, connect: number, firstByte: number };
    metrics.countExchange({ rule: name, agent: "ci", decision: "allow", status: number, ms });
    metrics.countExchange({ rule: "github", agent: "ci", decision: "allow", status: 200 });
    metrics.countRedactions(name, 1);
    metrics.countCanaryAlarm(name);
    metrics.countRateLimited({ rule: name, agent: "ci" });
  }
  const text = await metrics.text();
  assert.doesNotMatch(text, /="x/);
  assert.deepEqual(await samples(metrics, "auth_proxy_redactions_total"), [
    'auth_proxy_redactions_total{secret="GITHUB_TOKEN"} 0',
    'auth_proxy_redactions_total{secret="other"} 1000',
  ]);
  assert.deepEqual(await samples(metrics, "auth_proxy_rate_limited_total"), [
    'auth_proxy_rate_limited_total{rule="other",agent="ci"} 1000',
  ]);
  assert.equal((await samples(metrics, "auth_proxy_exchanges_total")).length, 7);
  for (const histogram of histograms) {
    assert.equal((await samples(metrics, `${histogram}_count`)).length, 2);
  }
});

const histograms = [
  "auth_proxy_upstream_connect_duration_seconds",
  "auth_proxy_upstream_first_byte_duration_seconds",
  "auth_proxy_exchange_duration_seconds",
];

Deno.test("Metrics tells how long each phase took, by rule, in cumulative buckets", async () => {
  const metrics = open();
  const allow = { rule: "github", agent: "ci", decision: "allow", status: 200 } as const;
  metrics.countExchange({ ...allow, ms: { total: 40, connect: 1, firstByte: 3 } });
  metrics.countExchange({ ...allow, agent: "x", ms: { total: 400_000, firstByte: 10_000 } });
  const rule = 'rule="github"';
  const [connect = "", firstByte = "", total = ""] = histograms;
  const table: [string, Record<string, number>, [number, number]][] = [
    [connect, { "0.001": 1, "0.0025": 1, "300": 1, "+Inf": 1 }, [0.001, 1]],
    [firstByte, { "0.0025": 0, "0.005": 1, "5": 1, "10": 2, "+Inf": 2 }, [10.003, 2]],
    [total, { "0.025": 0, "0.05": 1, "300": 1, "+Inf": 2 }, [400.04, 2]],
  ];
  for (const [name, buckets, [sum, count]] of table) {
    const told = await samples(metrics, `${name}_bucket`);
    assert.equal(told.length, 17);
    for (const [le, value] of Object.entries(buckets)) {
      assert.ok(told.includes(`${name}_bucket{le="${le}",${rule}} ${value}`), `${name} ${le}`);
    }
    assert.deepEqual(await samples(metrics, `${name}_sum`), [`${name}_sum{${rule}} ${sum}`]);
    assert.deepEqual(await samples(metrics, `${name}_count`), [`${name}_count{${rule}} ${count}`]);
  }
});

Deno.test("Metrics leaves refusals and switched connections out of the total's histogram", async () => {
  const metrics = open();
  const ms = { total: 5 };
  metrics.countExchange({ rule: "github", decision: "deny", status: 403, ms });
  metrics.countExchange({ rule: "github", decision: "allow", status: 101, ms });
  metrics.countExchange({ rule: "github", decision: "error", status: 502, ms });
  assert.deepEqual(await samples(metrics, "auth_proxy_exchange_duration_seconds_count"), [
    'auth_proxy_exchange_duration_seconds_count{rule="github"} 1',
  ]);
});

Deno.test("Metrics tells what alarms are raised by before there are any", async () => {
  const metrics = open();
  metrics.learn({ rules: [], secrets: ["NEW"], placeholders: ["NEW"] });
  for (const [kind, label] of [["canary_alarms", "placeholder"], ["redactions", "secret"]]) {
    const name = `auth_proxy_${kind}_total`;
    assert.deepEqual(await samples(metrics, name), [
      `${name}{${label}="GITHUB_TOKEN"} 0`,
      `${name}{${label}="NEW"} 0`,
    ]);
  }
  metrics.countAgentRejection("token");
  const name = "auth_proxy_agent_rejections_total";
  assert.deepEqual(await samples(metrics, name), [
    `${name}{reason="certificate"} 0`,
    `${name}{reason="missing"} 0`,
    `${name}{reason="token"} 1`,
  ]);
});

Deno.test("Metrics tells of rules and secrets what it knows, and nothing else", async () => {
  const metrics = open();
  const table: [string, string[]][] = [
    ["auth_proxy_rule_available", ['{rule="github"} 1', '{rule="sentry"} 0']],
    ["auth_proxy_secret_available", [
      '{secret="GITHUB_TOKEN"} 1',
      '{secret="NEW"} 1',
      '{secret="SENTRY_AUTH_TOKEN"} 0',
      '{secret="VAULT"} 1',
    ]],
    ["auth_proxy_secret_expiry_timestamp_seconds", [
      '{secret="GITHUB_TOKEN"} 1790000003',
      '{secret="VAULT"} 1790000005',
    ]],
    ["auth_proxy_secret_last_renewal_timestamp_seconds", ['{secret="VAULT"} 1790000004']],
    ["auth_proxy_secret_renewal_failing", ['{secret="NEW"} 0', '{secret="VAULT"} 1']],
    ["auth_proxy_connections_refused_total", ['{limit="client"} 6', '{limit="proxy"} 8']],
    ["auth_proxy_leaf_cache_requests_total", ['{result="hit"} 21', '{result="miss"} 22']],
  ];
  for (const [name, expected] of table) {
    assert.deepEqual(await samples(metrics, name), expected.map((sample) => name + sample));
  }
});

Deno.test("Metrics does not go on telling of a secret that is gone", async () => {
  let secrets = [{ name: "ONE", isAvailable: true }, { name: "TWO", isAvailable: true }];
  const metrics = new Metrics(names, { ...metricSources, secrets: () => secrets });
  const name = "auth_proxy_secret_available";
  assert.equal((await samples(metrics, name)).length, 2);
  secrets = secrets.slice(1);
  assert.deepEqual(await samples(metrics, name), [`${name}{secret="TWO"} 1`]);
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
