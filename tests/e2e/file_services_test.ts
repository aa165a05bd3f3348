/**
 * The contract: what a configuration file says of services, clusters, queries and exceptions holds for
 * requests, and nothing that it does not name gets a credential.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";

async function ask(
  proxy: ProxyProcess,
  target: string,
  { path = "/", fields = "" }: { path?: string; fields?: string } = {},
): Promise<ClientResponse> {
  using client = await RawClient.tunnel(proxy.url, {
    target,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  return await client.get(path, `Host: ${target.replace(":443", "")}\r\n${fields}`);
}

function lastSent(upstream: Upstream, name = "authorization"): string[] | undefined {
  return upstream.requests.at(-1)?.values(name);
}

Deno.test("services are on with another secret, on without one, and off with theirs", async () => {
  await using lab = await Lab.create();
  const [github, claude, sentry, grafana] = [
    await lab.upstream(["api.github.com:443"], json({})),
    await lab.upstream(["api.anthropic.com:443"], json({})),
    await lab.upstream(["sentry.io:443"], json({})),
    await lab.upstream(["grafana.corp.example:443"], json({})),
  ];
  const config = await lab.dir.write(
    "c.yaml",
    `
services:
  github: { token: mine }
  claude: true
  sentry: false
  grafana: { hosts: [grafana.corp.example], token: GRAFANA_READER }
secrets: { mine: { env: MY_TOKEN } }
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: {
      MY_TOKEN: "my-own-0123",
      GITHUB_TOKEN: "not-this-one",
      SENTRY_AUTH_TOKEN: "sentry-0123",
      GRAFANA_READER: "grafana-0123",
    },
  });
  assert.equal((await ask(proxy, "api.github.com:443")).status, 200);
  assert.deepEqual(lastSent(github), ["Bearer my-own-0123"]);
  const refused = await ask(proxy, "api.anthropic.com:443");
  assertRefused(refused, { status: 502 });
  assert.match(refused.body, /ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN is not set/);
  assert.equal(claude.requests.length, 0);
  assert.equal((await ask(proxy, "grafana.corp.example:443")).status, 200);
  assert.deepEqual(lastSent(grafana), ["Bearer grafana-0123"]);
  // Off: a host like any other, which is tunnelled to unread.
  using client = await RawClient.connect(proxy.url);
  assert.equal((await client.openTunnel("sentry.io:443")).status, 200);
  using inside = await client.startTls("sentry.io", lab.root.pem);
  assert.equal((await inside.get("/", "Host: sentry.io\r\n")).status, 200);
  assert.deepEqual(lastSent(sentry), []);
});

Deno.test("a cluster of the file has its token at its own port, under its own CA, and mints nothing", async () => {
  await using lab = await Lab.create();
  const prod = "prod.k8s.corp.example";
  const upstream = await lab.upstream([`${prod}:6443`], json({}));
  const elsewhere = await lab.upstream([`${prod}:443`], json({}));
  await lab.dir.write("ca.pem", lab.root.pem);
  const config = await lab.dir.write(
    "c.yaml",
    `
services:
  kubernetes: { clusters: { prod: { server: "https://${prod}:6443", ca: ./ca.pem, token: t } } }
secrets: { t: { env: THE_TOKEN } }
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: { THE_TOKEN: "k8s-token-0123" },
  });
  const response = await ask(proxy, `${prod}:6443`, { path: "/api/v1/pods" });
  assert.equal(response.status, 200);
  assert.deepEqual(lastSent(upstream), ["Bearer k8s-token-0123"]);
  const read = await ask(proxy, `${prod}:6443`, {
    path: "/api/v1/namespaces/a/serviceaccounts/b/token",
  });
  assert.equal(read.status, 200);
  using client = await RawClient.connect(proxy.url);
  assert.equal((await client.openTunnel(`${prod}:443`)).status, 200);
  using inside = await client.startTls(prod, lab.root.pem);
  await inside.get("/", `Host: ${prod}\r\n`);
  assert.deepEqual(lastSent(elsewhere), []);
  const { rules } = await (await fetch(`${proxy.adminUrl}/admin/rules`)).json();
  const rule = rules.find(({ name }: { name: string }) => name === "kubernetes-prod");
  assert.match(rule.trust, /^only .*ca\.pem$/);
  assert.ok(rule.denies.length > 0);
});

const host = "maps.corp.example";

Deno.test("a credential in the query is the last parameter, and no other of its name gets through", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([`${host}:443`], async (exchange) => {
    await exchange.respondJson({ target: exchange.request.target });
  });
  const config = await lab.dir.write(
    "c.yaml",
    `
rules:
  - match: { host: ${host} }
    inject: { query: { key: "\${MAPS_KEY}" }, remove: { headers: [X-Key], query: [sig] } }
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: { MAPS_KEY: "maps key/0123+&=" },
  });
  const ours = "key=maps%20key%2F0123%2B%26%3D";
  const table: [string, string][] = [
    ["/", `/?${ours}`],
    ["/?", `/?&${ours}`],
    ["/a?b=c", `/a?b=c&${ours}`],
    ["/a?key=mine", `/a?${ours}`],
    ["/a?b=1&key=mine&key=again&c=2", `/a?b=1&c=2&${ours}`],
    ["/a?k%65y=mine&%6b%65%79=mine", `/a?${ours}`],
    ["/a?b=1;key=mine", `/a?b=1&${ours}`],
    ["/a?+key=mine&%20key=mine", `/a?${ours}`],
    ["/a?sig=1&key", `/a?${ours}`],
    ["/a?keys=1&KEY=2", `/a?keys=1&KEY=2&${ours}`],
  ];
  for (const [path, target] of table) {
    const response = await ask(proxy, `${host}:443`, { path, fields: "X-Key: mine\r\n" });
    assert.equal(response.status, 200);
    assert.equal(upstream.requests.at(-1)?.target, target, path);
    assert.deepEqual(lastSent(upstream, "x-key"), []);
    // It does not come back, however the service writes it.
    assert.ok(!response.body.includes("0123"), response.body);
  }
  const { rules } = await (await fetch(`${proxy.adminUrl}/admin/rules`)).json();
  const rule = rules.find(({ name }: { name: string }) => name === host);
  assert.deepEqual(rule.inject, [{ query: "key", format: "${MAPS_KEY}" }]);
});

Deno.test("requests that are signed already are left alone, and nothing else is", async () => {
  await using lab = await Lab.create();
  const files = "files.corp.example";
  const upstream = await lab.upstream([`${files}:443`], json({}));
  const config = await lab.dir.write(
    "c.yaml",
    `
rules:
  - match: { host: ${files} }
    unless: { query: [X-Amz-Signature, sig], headers: [X-Signature] }
    inject: { headers: { Authorization: "Bearer \${FILES_KEY}" } }
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: { FILES_KEY: "files-0123" },
  });
  const own = "Authorization: Bearer of-the-client\r\n";
  const table: [string, string, boolean][] = [
    ["/a", "", true],
    ["/a?x=1", "", true],
    ["/a?X-Amz-Signature=abc", "", false],
    ["/a?X-Amz-Date=1&X-Amz-Signature=abc&b=c", "", false],
    ["/a?X%2DAmz%2DSignature=abc", "", false],
    ["/a?sig=abc", "", false],
    ["/a?sig", "", false],
    ["/a?signature=abc", "", true],
    ["/a?SIG=abc", "", true],
    ["/a?q=sig%3Dabc", "", true],
    ["/sig=abc", "", true],
    ["/a", "X-Signature: 1\r\n", false],
    ["/a", "x-signature: 1\r\n", false],
    ["/a", "X_Signature: 1\r\n", false],
    ["/a", "X-Signatures: 1\r\n", true],
  ];
  for (const [path, fields, injected] of table) {
    const response = await ask(proxy, `${files}:443`, { path, fields: own + fields });
    assert.equal(response.status, 200);
    const expected = injected ? "Bearer files-0123" : "Bearer of-the-client";
    assert.deepEqual(lastSent(upstream), [expected], `${path} ${fields}`);
    assert.equal(upstream.requests.at(-1)?.target, path);
  }
});
