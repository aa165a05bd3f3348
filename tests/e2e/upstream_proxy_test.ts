/**
 * The contract: behind another proxy everything works as without it, over whatever is spoken to that
 * proxy and to the service; the service proves who it is all the same, and the password of the proxy in
 * between goes to it alone.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { waitForAudit } from "../support/audit_lines.ts";
import { behindProxy, hiddenUpstream, type HopScheme, login } from "../support/behind_proxy.ts";
import { Http2Client } from "../support/http2_client.ts";
import { answerText, Http2Upstream } from "../support/http2_upstream.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { ConnectProxy } from "../support/connect_proxy.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { TestRoot } from "../support/test_pki.ts";
import { byPath, echoWebSocket, json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";
import { readFrame, writeFrame } from "../support/websocket_frames.ts";
import { writeAll } from "../support/write_all.ts";

const target = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const token = "ghp_realCredentialOfTheHost0123456789";
const secrets = { GITHUB_TOKEN: token };
const connectHead = (authority: string) =>
  `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n` +
  `Proxy-Authorization: Basic ${btoa(login)}\r\n\r\n`;

for (const scheme of ["http", "https"] as const satisfies HopScheme[]) {
  Deno.test(`an intercepted service is reached through an ${scheme} proxy, with its login`, async () => {
    await using lab = await Lab.create();
    await using upstream = await hiddenUpstream(lab, { authority: target, handler: json({}) });
    await using w = await behindProxy(lab, {
      scheme,
      secrets,
      hop: { to: upstream.address, login },
    });
    for (let request = 0; request < 3; request++) {
      using client = await w.open(target);
      assert.equal((await client.get("/user", host)).status, 200);
    }
    assert.deepEqual(w.hop.heads, [connectHead(target)], "one connection, which is kept");
    assert.equal(w.hop.accepted, 1);
    assertInjected(upstream, { name: "Authorization", value: `Bearer ${token}` });
    const [exchange] = await waitForAudit(w.proxy, { kind: "exchange", count: 3 });
    assert.equal(exchange?.["through"], `${scheme}://${w.hop.address}`);
    assert.equal(exchange?.["upstream"], w.hop.address);
    await w.proxy.stop();
    assert.ok(!w.proxy.stderr.includes("password-of-the-hop"));
    await waitUntil(() => w.hop.openConnections === 0, { what: "nothing of it is left open" });
  });

  Deno.test(`a tunnel goes through an ${scheme} proxy, and its service may speak first`, async () => {
    await using lab = await Lab.create();
    using greeter = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const greeting = greeter.accept().then(async (connection) => {
      using _ = connection;
      await writeAll(connection, "SSH-2.0-hidden\r\n");
      const buffer = new Uint8Array(64);
      const count = await connection.read(buffer) ?? 0;
      return new TextDecoder().decode(buffer.subarray(0, count));
    });
    await using w = await behindProxy(lab, {
      scheme,
      secrets,
      hop: { to: `127.0.0.1:${greeter.addr.port}`, login },
    });
    using client = await RawClient.connect(w.proxy.url);
    assert.equal((await client.openTunnel("git.example:22")).status, 200);
    assert.equal(await client.reader.readLine(), "SSH-2.0-hidden");
    await client.send("SSH-2.0-client\r\n");
    assert.equal(await greeting, "SSH-2.0-client\r\n");
    assert.deepEqual(w.hop.heads, [connectHead("git.example:22")]);
    client.close();
    const [tunnel] = await waitForAudit(w.proxy, { kind: "tunnel", count: 1 });
    assert.equal(tunnel?.["through"], `${scheme}://${w.hop.address}`);
    await waitUntil(() => w.hop.openConnections === 0, { what: "the tunnel ends with its client" });
  });

  Deno.test(`HTTP/2 goes through an ${scheme} proxy`, async () => {
    await using lab = await Lab.create();
    const certificate = await lab.root.issue({ names: ["api.github.com"] });
    await using upstream = Http2Upstream.listen({
      certificate,
      handler: answerText("x".repeat(10_000)),
    });
    await using w = await behindProxy(lab, { scheme, secrets, hop: { to: upstream.address } });
    const client = await Http2Client.tunnel(w.proxy.url, { target, ca: w.ca });
    const answers = await Promise.all([1, 2, 3].map(() => client.get("/user")));
    for (const answer of answers) {
      assert.equal(answer.value(":status"), "200");
      assert.equal(answer.body.length, 10_000);
    }
    client.close();
    assert.equal(w.hop.accepted, 1, "its streams share one connection");
  });

  Deno.test(`a WebSocket goes through an ${scheme} proxy`, async () => {
    await using lab = await Lab.create();
    const handler = byPath({ "/socket": echoWebSocket });
    await using upstream = await hiddenUpstream(lab, { authority: target, handler });
    await using w = await behindProxy(lab, { scheme, secrets, hop: { to: upstream.address } });
    using client = await w.open(target);
    await client.send(
      `GET /socket HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    assert.equal((await client.receive({ method: "GET" })).status, 101);
    for (const opcode of ["text", "close"] as const) {
      const payload = new TextEncoder().encode(opcode === "text" ? "hello" : "");
      await writeFrame(client.connection, { opcode, payload, mask: Uint8Array.of(1, 2, 3, 4) });
      assert.deepEqual((await readFrame(client.reader)).payload, payload);
    }
  });

  Deno.test(`a service behind an ${scheme} proxy has to prove its name`, async () => {
    await using lab = await Lab.create();
    const other = await hiddenUpstream(lab, { authority: "evil.example:443", handler: json({}) });
    await using upstream = other;
    await using w = await behindProxy(lab, { scheme, secrets, hop: { to: upstream.address } });
    using client = await w.open(target);
    const refused = await client.get("/", host);
    assertRefused(refused, { status: 502, error: "tls_certificate_error" });
    assert.equal(upstream.requests.length, 0);
  });
}

Deno.test("an https proxy has to prove its name before it is told anything", async () => {
  await using lab = await Lab.create();
  const impostor = await TestRoot.create("impostor");
  const certificate = await impostor.issue({ names: ["127.0.0.1"] });
  await using hop = new ConnectProxy({ to: "127.0.0.1:1", certificate });
  const proxy = await lab.proxy({
    secrets,
    env: { DENO_NO_UPDATE_CHECK: "1", HTTPS_PROXY: `https://${login}@${hop.address}` },
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target, ca });
  const refused = await client.get("/", host);
  assertRefused(refused, { status: 502, error: "tls_certificate_error" });
  assert.match(refused.body, /The proxy https:\/\/127\.0\.0\.1:\d+ cannot be reached: /);
  assert.deepEqual(hop.heads, []);
});

Deno.test("a cluster's own proxy-url has the word, and the others go through that of the environment", async () => {
  await using lab = await Lab.create();
  const cluster = "api.k8s.example:6443";
  await using upstream = await hiddenUpstream(lab, { authority: cluster, handler: json({}) });
  await using other = await hiddenUpstream(lab, { authority: target, handler: json({}) });
  await using own = new ConnectProxy({ to: upstream.address });
  const args = await kubeconfigArgs(lab.dir, [{
    name: "prod",
    cluster: {
      server: `https://${cluster}`,
      "certificate-authority-data": btoa(lab.root.pem),
      "proxy-url": `http://${own.address}`,
    },
    user: { token: "cluster-token-0123456789" },
  }]);
  await using w = await behindProxy(lab, { secrets, args, hop: { to: other.address } });
  for (const authority of [cluster, target]) {
    using client = await w.open(authority);
    const field = `Host: ${authority.replace(/:443$/, "")}\r\n`;
    assert.equal((await client.get("/", field)).status, 200);
  }
  assert.deepEqual(own.targets, [cluster]);
  assert.deepEqual(w.hop.targets, [target]);
});
