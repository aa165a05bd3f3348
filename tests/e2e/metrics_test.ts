/**
 * The contract: /metrics tells how the proxy fares, how long the phases of exchanges take and how its
 * credentials are; its labels are names of the configuration, and nothing in it is a secret.
 */

import assert from "node:assert/strict";
import { addAgent, basicField } from "../support/agent_command.ts";
import { answerText } from "../support/http2_upstream.ts";
import { Lab } from "../support/lab.ts";
import { metricSamples } from "../support/metric_samples.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const github = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const PATH = Deno.env.get("PATH") ?? "";

/** A JWT that says when it expires, in seconds since the epoch. */
function jwt(exp: number): string {
  return `eyJhbGciOiJub25lIn0.${btoa(JSON.stringify({ exp })).replace(/=+$/, "")}.c2lnbmF0dXJl`;
}

Deno.test("/metrics tells of phases, connections to services, certificates and clients turned away", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], json({}));
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: "ghp_real_0123456789" } });
  const token = await addAgent(proxy, "ci");
  const ca = await Deno.readTextFile(proxy.caFile);
  const tunnel = (connectFields: string) =>
    RawClient.tunnel(proxy.url, { target: github, ca, connectFields });
  await waitUntil(async () => {
    using client = await RawClient.connect(proxy.url);
    await client.send(`CONNECT ${github} HTTP/1.1\r\nHost: ${github}\r\n\r\n`);
    return (await client.receive({ method: "CONNECT" })).status === 407;
  }, { what: "the agent is known" });
  await assert.rejects(tunnel(basicField("ci", "wrong")));
  for (let n = 0; n < 2; n++) {
    using client = await tunnel(basicField("ci", token));
    assert.equal((await client.get("/?q=private", host)).status, 200);
  }
  const samples = await waitForSamples(proxy, {
    'auth_proxy_exchange_duration_seconds_count{rule="github"}': 2,
    auth_proxy_upstream_idle_connections: 1,
  });
  const expected: [string, number][] = [
    ['auth_proxy_upstream_connect_duration_seconds_count{rule="github"}', 1],
    ['auth_proxy_upstream_first_byte_duration_seconds_count{rule="github"}', 2],
    ['auth_proxy_upstream_first_byte_duration_seconds_bucket{le="+Inf",rule="github"}', 2],
    ["auth_proxy_upstream_connections_opened_total", 1],
    ["auth_proxy_upstream_connections_reused_total", 1],
    ["auth_proxy_upstream_open_connections", 1],
    ['auth_proxy_leaf_cache_requests_total{result="miss"}', 1],
    ['auth_proxy_leaf_cache_requests_total{result="hit"}', 1],
    ["auth_proxy_leaf_certificates_minted_total", 1],
    ["auth_proxy_leaf_cache_certificates", 1],
    ['auth_proxy_agent_rejections_total{reason="token"}', 1],
    ['auth_proxy_agent_rejections_total{reason="certificate"}', 0],
    ['auth_proxy_canary_alarms_total{placeholder="GITHUB_TOKEN"}', 0],
    ['auth_proxy_connections_refused_total{limit="proxy"}', 0],
    ['auth_proxy_rule_available{rule="github"}', 1],
  ];
  for (const [name, value] of expected) assert.equal(samples.get(name), value, name);
  assert.ok((samples.get('auth_proxy_agent_rejections_total{reason="missing"}') ?? 0) >= 1);
  const year = 365 * 24 * 3600;
  const expiry = samples.get("auth_proxy_ca_expiry_timestamp_seconds") ?? 0;
  assert.ok(expiry > Date.now() / 1000 + year, String(expiry));
  const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  for (const word of ["ghp_real", token, "private", "127.0.0.1", "api.github.com"]) {
    assert.ok(!text.includes(word), word);
  }
});

async function waitForSamples(
  proxy: { readonly adminUrl: string },
  wanted: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<string, number>> {
  let samples: ReadonlyMap<string, number> = new Map();
  await waitUntil(async () => {
    samples = await metricSamples(proxy);
    return Object.entries(wanted).every(([name, value]) => samples.get(name) === value);
  }, { what: `/metrics tells ${JSON.stringify(wanted)}` });
  return samples;
}

Deno.test("/metrics counts a connection to a service until it is closed, in HTTP/1.1 and HTTP/2", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], json({}));
  await lab.http2Upstream(["sentry.io:443"], answerText("hello"));
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "ghp_real_0123456789", SENTRY_AUTH_TOKEN: "sntry_0123456789" },
    args: ["--limit", "pool-idle-timeout=1s"],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  for (const target of [github, "sentry.io:443"]) {
    using client = await RawClient.tunnel(proxy.url, { target, ca });
    for (let n = 0; n < 2; n++) {
      const { status } = await client.get("/", `Host: ${target.replace(":443", "")}\r\n`);
      assert.equal(status, 200);
    }
  }
  await waitForSamples(proxy, {
    auth_proxy_upstream_connections_opened_total: 2,
    auth_proxy_upstream_connections_reused_total: 2,
  });
  await waitForSamples(proxy, {
    auth_proxy_upstream_open_connections: 0,
    auth_proxy_upstream_idle_connections: 0,
  });
});

Deno.test("/metrics tells of each secret whether it is there, when it was renewed and when it expires", async () => {
  await using lab = await Lab.create();
  const expires = Math.floor(Date.now() / 1000) + 86_400;
  await lab.dir.write(
    "works.sh",
    '#!/bin/sh\necho \'{"token":"t0k3n-0123","expires_in":3600}\'\n',
    {
      mode: 0o700,
    },
  );
  await lab.dir.write("fails.sh", "#!/bin/sh\nexit 1\n", { mode: 0o700 });
  const config = await lab.dir.write(
    "c.yaml",
    `
secrets:
  works: { command: [./works.sh], format: json, env: { PATH: "${PATH}" } }
  fails: { command: [./fails.sh] }
rules:
  - { name: works, match: { host: works.example }, inject: { headers: { X-A: "\${works}" } } }
  - { name: fails, match: { host: fails.example }, inject: { headers: { X-A: "\${fails}" } } }
  - { name: missing, match: { host: missing.example }, inject: { headers: { X-A: "\${NOT_SET}" } } }
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: { GITHUB_TOKEN: jwt(expires) },
  });
  const samples = await waitForSamples(proxy, {
    'auth_proxy_secret_renewal_failing{secret="works"}': 0,
    'auth_proxy_secret_renewal_failing{secret="fails"}': 1,
    'auth_proxy_rule_available{rule="works"}': 1,
    'auth_proxy_rule_available{rule="fails"}': 0,
    'auth_proxy_rule_available{rule="missing"}': 0,
    'auth_proxy_rule_available{rule="github"}': 1,
    'auth_proxy_secret_available{secret="GITHUB_TOKEN"}': 1,
    'auth_proxy_secret_available{secret="works"}': 1,
    'auth_proxy_secret_available{secret="fails"}': 0,
    'auth_proxy_secret_available{secret="NOT_SET"}': 0,
    'auth_proxy_secret_expiry_timestamp_seconds{secret="GITHUB_TOKEN"}': expires,
  });
  const now = Date.now() / 1000;
  const at = (metric: string) => samples.get(`auth_proxy_secret_${metric}{secret="works"}`) ?? 0;
  assert.ok(Math.abs(at("last_renewal_timestamp_seconds") - now) < 60);
  assert.ok(Math.abs(at("expiry_timestamp_seconds") - now - 3600) < 60);
});
