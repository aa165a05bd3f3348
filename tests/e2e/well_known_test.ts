/**
 * The contract: what the proxy says of itself under /.well-known/auth-proxy, by whatever name it is
 * called; to each agent what is its own; and inside a tunnel, what would become of a request, without any
 * of it being sent.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { auditLines } from "../support/audit_lines.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { TempDir } from "../support/temp_dir.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_realCredential0123456789abcdef" };
const path = "/.well-known/auth-proxy";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

Deno.test("the services, the CA and the rest are told to who calls the proxy by a name of its own", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets });
  const host = `localhost:${proxy.port}`;
  using client = await RawClient.connect(proxy.url);
  const { status, body, fields } = await client.get(path, `Host: ${host}\r\n`);
  assert.equal(status, 200);
  assert.ok(
    fields.some(([name, value]) => name === "Proxy-Status" && value.startsWith("auth-proxy")),
  );
  const document = JSON.parse(body);
  assert.equal(document.proxy, `http://${host}`);
  assert.equal(document.agent, null);
  const github = document.services.find(({ rule }: { rule: string }) => rule === "github");
  assert.deepEqual(github, {
    rule: "github",
    hosts: ["api.github.com:443", "uploads.github.com:443"],
    injects: ["Authorization"],
    variables: ["GITHUB_TOKEN"],
    state: "available",
  });
  // By the URLs that it gives.
  assert.equal(
    (await client.get(new URL(document.ca).pathname, `Host: ${host}\r\n`)).body,
    await Deno.readTextFile(proxy.caFile),
  );
  assert.equal(
    (await client.get(new URL(document.ca_bundle).pathname, `Host: ${host}\r\n`)).body,
    await Deno.readTextFile(proxy.bundleFile),
  );
  const pac = await client.get(new URL(document.proxy_auto_config).pathname, `Host: ${host}\r\n`);
  assert.match(pac.body, new RegExp(`return "PROXY ${host}"`));
  assert.equal((await client.get(`${path}/no-such`, `Host: ${host}\r\n`)).status, 404);
});

Deno.test("a client whose proxy is this one asks in absolute form, and is answered here", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets });
  using client = await RawClient.connect(proxy.url);
  for (const name of ["localhost", "127.0.0.1"]) {
    const host = `${name}:${proxy.port}`;
    const { status, body } = await client.get(`http://${host}${path}/ca.pem`, `Host: ${host}\r\n`);
    assert.equal(status, 200);
    assert.equal(body, await Deno.readTextFile(proxy.caFile));
  }
  // Nothing else of ours is to be had that way.
  const host = `127.0.0.1:${proxy.port}`;
  assertRefused(await client.get(`http://${host}/`, `Host: ${host}\r\n`), { status: 403 });
});

Deno.test("a name that a web page has had changed to lead here is not answered", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets });
  for (const resource of ["", "/ca.pem"]) {
    using client = await RawClient.connect(proxy.url);
    const answer = await client.get(path + resource, `Host: evil.example:${proxy.port}\r\n`);
    assertRefused(answer, { status: 421 });
  }
});

Deno.test("what is ambiguous is refused for our own resources, too, and what follows is not answered", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets });
  const host = `localhost:${proxy.port}`;
  const ca = `${path}/ca.pem`;
  const cases: [target: string, fields: string, status: number][] = [
    [ca, `Host: ${host}\r\nHost: evil.example\r\n`, 400],
    [ca, `Host: ${host}\r\nHost: ${host}\r\n`, 400],
    [ca, "", 400],
    [`http://${host}${ca}`, "Host: evil.example\r\n", 421],
    [`http://${host}${ca}`, `Host: ${host}\r\nHost: ${host}\r\n`, 400],
    [`http://${host}${ca}`, "", 400],
    [`https://${host}${ca}`, `Host: ${host}\r\n`, 400],
    [ca, `Host: ${host}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n`, 400],
    [ca, `Host: ${host}\r\nContent-Length: 9999\r\n`, 200],
  ];
  for (const [target, fields, status] of cases) {
    using client = await RawClient.connect(proxy.url);
    const smuggled = `GET ${path}/proxy.pac HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    await client.send(`GET ${target} HTTP/1.1\r\n${fields}\r\n${smuggled}`);
    const answer = await client.receive({ method: "GET" });
    assert.equal(answer.status, status, `${target} ${fields}`);
    // A request that has no body and is refused may be followed by another.
    if (answer.value("connection") === "close") await client.expectEnd();
    else assert.equal(status, 421);
  }
});

Deno.test("a name given by --listen-name is the proxy's own", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets, args: ["--listen-name", "Proxy.internal"] });
  using client = await RawClient.connect(proxy.url);
  const answer = await client.get(`${path}/ca.pem`, `Host: proxy.internal:${proxy.port}\r\n`);
  assert.equal(answer.status, 200);
  using outer = await RawClient.connect(proxy.url);
  using secure = await outer.startTls("proxy.internal", await Deno.readTextFile(proxy.caFile));
  assert.equal((await secure.get(path, "Host: proxy.internal\r\n")).status, 200);
});

Deno.test("each agent is told of the services that are for it, who proves nothing of none", async () => {
  await using dir = await TempDir.create();
  const tokens = { ci: "token-of-ci-0123456789", dev: "token-of-dev-0123456789" };
  const file = await dir.write(
    "auth-proxy.yaml",
    `agents:
  ci: { token_sha256: "${sha256(tokens.ci)}" }
  dev: { token_sha256: "${sha256(tokens.dev)}" }
rules:
  - { name: for-ci, agents: [ci], match: { host: ci.example.com },
      inject: { headers: { Authorization: "Bearer \${GITHUB_TOKEN}" } } }
`,
  );
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets, args: ["--config", file] });
  const host = `Host: 127.0.0.1:${proxy.port}\r\n`;
  for (const field of ["Authorization", "Proxy-Authorization"]) {
    for (const [agent, token] of Object.entries(tokens)) {
      using client = await RawClient.connect(proxy.url);
      const proof = `${field}: Basic ${btoa(`${agent}:${token}`)}\r\n`;
      const document = JSON.parse((await client.get(path, host + proof)).body);
      assert.equal(document.agent, agent);
      const names = document.services.map(({ rule }: { rule: string }) => rule);
      assert.equal(names.includes("for-ci"), agent === "ci");
    }
  }
  using client = await RawClient.connect(proxy.url);
  assertRefused(await client.get(path, host), { status: 407 });
  // What it takes to trust us is for everybody.
  assert.equal((await client.get(`${path}/ca.pem`, host)).status, 200);
});

Deno.test("a probe says what would become of a request, and nothing is sent", async () => {
  await using lab = await Lab.create();
  const api = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
  const { status, body } = await client.get(`${path}/probe/user`, "Host: api.github.com\r\n");
  assert.equal(status, 200);
  const { intercepted, decision, rule, injects } = JSON.parse(body);
  assert.deepEqual({ intercepted, decision, rule }, {
    intercepted: true,
    decision: "allow",
    rule: "github",
  });
  assert.deepEqual(injects, [{ header: "Authorization", format: "Bearer ${GITHUB_TOKEN}" }]);
  assert.ok(!body.includes(secrets.GITHUB_TOKEN));
  // The connection goes on as if nothing had been.
  assert.equal((await client.get("/user", "Host: api.github.com\r\n")).status, 200);
  assert.equal(api.requests.length, 1);
  const lines = auditLines(proxy).filter(({ kind }) => kind === "exchange");
  assert.deepEqual(lines[0]?.["injected"], undefined);
});

Deno.test("a probe for another host than the tunnel's is misdirected, as any request is", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
  assertRefused(await client.get(`${path}/probe`, "Host: other.example\r\n"), { status: 421 });
});

Deno.test("a path that only begins as the probe's does is the service's", async () => {
  await using lab = await Lab.create();
  const api = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
  for (const rest of [".evil.example/", ":8443/", "s", "%2f"]) {
    const { body } = await client.get(`${path}/probe${rest}`, "Host: api.github.com\r\n");
    assert.match(body, /octocat/);
  }
  assert.equal(api.requests.length, 4);
  const { body } = await client.get(`${path}/probe?q`, "Host: api.github.com\r\n");
  assert.match(body, /"intercepted": true/);
});

Deno.test("a probe tells of a credential that is not there", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ args: ["--rule", "api.corp.example,X-Key,MISSING_KEY"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "api.corp.example:443", ca });
  const { body } = await client.get(`${path}/probe/`, "Host: api.corp.example\r\n");
  const { decision, status, reason } = JSON.parse(body);
  assert.deepEqual({ decision, status }, { decision: "error", status: 502 });
  assert.match(reason, /MISSING_KEY/);
});

Deno.test("our own resources are for GET and HEAD", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets });
  const host = `Host: localhost:${proxy.port}\r\n`;
  using client = await RawClient.connect(proxy.url);
  await client.send(`HEAD ${path}/ca.pem HTTP/1.1\r\n${host}\r\n`);
  const head = await client.receive({ method: "HEAD" });
  assert.deepEqual([head.status, head.body], [200, ""]);
  await client.send(`POST ${path}/ca.pem HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`);
  assertRefused(await client.receive({ method: "POST" }), { status: 403 });
});
