/**
 * The contract: behind another proxy everything works as without it, over whatever is spoken to that
 * proxy and to the service; the service proves who it is all the same, and the password of the proxy in
 * between goes to it alone.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { auditLines, waitForAudit } from "../support/audit_lines.ts";
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
  Deno.test(`through an ${scheme} proxy`, async (t) => {
    await using lab = await Lab.create();
    const handler = byPath({ "/user": json({}), "/socket": echoWebSocket });
    await using upstream = await hiddenUpstream(lab, { authority: target, handler });
    await using http2 = Http2Upstream.listen({
      certificate: await lab.root.issue({ names: ["h2.example"] }),
      handler: answerText("x".repeat(10_000)),
    });
    using greeter = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using w = await behindProxy(lab, {
      scheme,
      secrets,
      args: ["--rule", "h2.example,X-Key,GITHUB_TOKEN", "--rule", "a.example,X-Key,GITHUB_TOKEN"],
      hop: {
        to: {
          [target]: upstream.address,
          "h2.example:443": http2.address,
          "a.example:443": upstream.address,
          "git.example:22": `127.0.0.1:${greeter.addr.port}`,
        },
        login,
      },
    });

    await t.step("an intercepted service is reached on one connection, which is kept", async () => {
      for (let request = 0; request < 3; request++) {
        using client = await w.open(target);
        assert.equal((await client.get("/user", host)).status, 200);
      }
      assert.deepEqual(w.hop.heads, [connectHead(target)]);
      assert.equal(w.hop.accepted, 1);
      assertInjected(upstream, { name: "Authorization", value: `Bearer ${token}` });
      const [exchange] = await waitForAudit(w.proxy, { kind: "exchange", count: 3 });
      assert.equal(exchange?.["through"], `${scheme}://${w.hop.address}`);
      assert.equal(exchange?.["upstream"], w.hop.address);
    });

    await t.step("a WebSocket passes", async () => {
      using client = await w.open(target);
      await client.send(
        `GET /socket HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      assert.equal((await client.receive({ method: "GET" })).status, 101);
      for (const opcode of ["text", "close"] as const) {
        const payload = new TextEncoder().encode(opcode === "text" ? "hello" : "");
        const mask = Uint8Array.of(1, 2, 3, 4);
        await writeFrame(client.connection, { opcode, payload, mask });
        assert.deepEqual((await readFrame(client.reader)).payload, payload);
      }
    });

    await t.step(
      "HTTP/2 is spoken to a service that has it, its streams share a connection",
      async () => {
        const before = w.hop.accepted;
        const options = { target: "h2.example:443", ca: w.ca };
        const client = await Http2Client.tunnel(w.proxy.url, options);
        const answers = await Promise.all([1, 2, 3].map(() => client.get("/")));
        for (const answer of answers) {
          assert.equal(answer.value(":status"), "200");
          assert.equal(answer.body.length, 10_000);
        }
        client.close();
        assert.equal(w.hop.accepted, before + 1);
      },
    );

    await t.step("a service has to prove its name", async () => {
      using client = await w.open("a.example:443");
      const seen = upstream.requests.length;
      const refused = await client.get("/", "Host: a.example\r\n");
      assertRefused(refused, { status: 502, error: "tls_certificate_error" });
      assert.equal(upstream.requests.length, seen);
    });

    await t.step("what is not decrypted is tunnelled, and may speak first", async () => {
      const greeting = greeter.accept().then(async (connection) => {
        using _ = connection;
        await writeAll(connection, "SSH-2.0-hidden\r\n");
        const buffer = new Uint8Array(64);
        const count = await connection.read(buffer) ?? 0;
        return new TextDecoder().decode(buffer.subarray(0, count));
      });
      using client = await RawClient.connect(w.proxy.url);
      assert.equal((await client.openTunnel("git.example:22")).status, 200);
      assert.equal(await client.reader.readLine(), "SSH-2.0-hidden");
      await client.send("SSH-2.0-client\r\n");
      assert.equal(await greeting, "SSH-2.0-client\r\n");
      assert.equal(w.hop.heads.at(-1), connectHead("git.example:22"));
    });

    await t.step("nothing is left open, and nobody has seen the password", async () => {
      await w.proxy.stop();
      const blind = auditLines(w.proxy).find(({ authority }) => authority === "git.example:22");
      assert.equal(blind?.["through"], `${scheme}://${w.hop.address}`);
      await waitUntil(() => w.hop.openConnections === 0, { what: "every tunnel has ended" });
      assert.ok(!w.proxy.stderr.includes("password-of-the-hop"));
      assert.ok(!JSON.stringify(upstream.requests).includes("Proxy-Authorization"));
    });
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
