/**
 * The contract: a connection to a Kubernetes API server may be switched to SPDY/3.1 or to WebSocket, and
 * to nothing else; what then comes back is searched for credentials, frame by frame; nothing of what
 * the proxy refuses gets through by asking for a switch.
 */

import assert from "node:assert/strict";
import { assertNoCredential } from "../support/assert_injected.ts";
import { assertRefused } from "../support/assert_refused.ts";
import type { HttpReader } from "../support/http_reader.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { encodeSpdyFrame, readSpdyFrame } from "../support/spdy/frames.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import type { UpstreamExchange } from "../support/upstream_exchange.ts";
import { acceptKey } from "../support/websocket_frames.ts";

const token = "kube-real-credential-of-the-host";
const authority = "prod.k8s.corp:6443";
const host = `Host: ${authority}\r\n`;
const pod = "/api/v1/namespaces/default/pods/web";
const execFields = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n" +
  "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n";
const exec = `POST ${pod}/exec?command=id HTTP/1.1\r\n${host}${execFields}\r\n`;
const mint = `POST /api/v1/namespaces/default/serviceaccounts/admin/token HTTP/1.1\r\n${host}` +
  "Content-Length: 0\r\n\r\n";

interface World extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly client: RawClient;
}

async function world(handler: Handler): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets: { K8S_TOKEN: token, K8S_HOSTS: authority } });
  const ca = await Deno.readTextFile(proxy.caFile);
  const client = stack.use(await RawClient.tunnel(proxy.url, { target: authority, ca }));
  const owned = stack.move();
  return { upstream, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function switchTo(exchange: UpstreamExchange, upgrade: string): Promise<void> {
  exchange.closesAfter = true;
  await exchange.writeHead(101, { Connection: "Upgrade", Upgrade: upgrade });
}

function dataFrame(text: string, stream = 1): Uint8Array {
  const payload = new TextEncoder().encode(text);
  return encodeSpdyFrame({ kind: "data", stream, fin: false, payload });
}

async function readData(reader: HttpReader): Promise<string> {
  const frame = await readSpdyFrame(reader);
  assert.equal(frame?.kind, "data");
  return new TextDecoder().decode(frame?.payload);
}

Deno.test("SPDY/3.1 to Kubernetes: frames beside both heads pass, h2c is not asked for", async () => {
  await using w = await world(async (exchange) => {
    await switchTo(exchange, "SPDY/3.1");
    await exchange.write(dataFrame("server first"));
    await exchange.write(dataFrame(await readData(exchange.reader)));
  });
  const asked = exec.replace("Upgrade: SPDY/3.1", "Upgrade: h2c, SPDY/3.1");
  await w.client.send(Uint8Array.from([
    ...new TextEncoder().encode(asked),
    ...dataFrame("client first"),
  ]));
  const response = await w.client.receive({ method: "POST" });
  assert.equal(response.status, 101);
  assert.deepEqual(response.values("upgrade"), ["SPDY/3.1"]);
  for (const text of ["server first", "client first"]) {
    assert.equal(await readData(w.client.reader), text);
  }
  const { onlyRequest } = w.upstream;
  assert.deepEqual(onlyRequest.values("upgrade"), ["SPDY/3.1"]);
  assert.deepEqual(onlyRequest.values("connection"), ["Upgrade"]);
  assert.deepEqual(onlyRequest.values("x-stream-protocol-version"), ["v4.channel.k8s.io"]);
  assert.deepEqual(onlyRequest.values("authorization"), [`Bearer ${token}`]);
});

Deno.test("SPDY/3.1: a credential is masked in its frame, also when that arrives octet by octet", async () => {
  await using w = await world(async (exchange) => {
    await switchTo(exchange, "SPDY/3.1");
    await exchange.write(dataFrame(`<${token}>`));
    for (const octet of dataFrame(token, 3)) await exchange.write(Uint8Array.of(octet));
    await exchange.write(dataFrame("$ "));
    await exchange.reader.readSome();
  });
  await w.client.send(exec);
  assert.equal((await w.client.receive({ method: "POST" })).status, 101);
  const stars = "*".repeat(token.length);
  for (const text of [`<${stars}>`, stars, "$ "]) {
    assert.equal(await readData(w.client.reader), text);
  }
});

Deno.test("SPDY/3.1: a connection that speaks something else after the 101 is cut", async () => {
  await using w = await world(async (exchange) => {
    await switchTo(exchange, "SPDY/3.1");
    await exchange.write(`HTTP/1.1 200 OK\r\n\r\n${token}`);
  });
  await w.client.send(exec);
  assert.equal((await w.client.receive({ method: "POST" })).status, 101);
  await w.client.expectEnd();
});

for (const protocol of ["websocket", "h2c", "SPDY/3", "SPDY/3.1, h2c", "spdy/3.1/x"]) {
  Deno.test(`SPDY/3.1: a 101 to ${protocol} is refused`, async () => {
    await using w = await world((exchange) => switchTo(exchange, protocol));
    await w.client.send(exec);
    const response = await w.client.receive({ method: "POST" });
    assertRefused(response, { status: 502, error: "http_protocol_error" });
  });
}

Deno.test("SPDY/3.1: a 101 that nobody asked for is refused", async () => {
  await using w = await world((exchange) => switchTo(exchange, "SPDY/3.1"));
  const response = await w.client.get(pod, host);
  assertRefused(response, { status: 502, error: "http_protocol_error" });
});

Deno.test("a request that waits behind a switch is judged if there is none, and else goes nowhere", async () => {
  for (const status of [403, 101]) {
    const followed: string[] = [];
    await using w = await world(async (exchange) => {
      if (status === 403) return await exchange.respond({ status: 403, body: "no" });
      await switchTo(exchange, "SPDY/3.1");
      const bytes = await exchange.reader.readExactly(mint.length);
      followed.push(new TextDecoder().decode(bytes));
    });
    await w.client.send(exec + mint);
    assert.equal((await w.client.receive({ method: "POST" })).status, status);
    if (status === 403) {
      const response = await w.client.receive({ method: "POST" });
      assertRefused(response, { status: 403, error: "http_request_denied" });
    } else {
      // It is no frame.
      await w.client.expectEnd();
      assert.deepEqual(followed, []);
    }
    assert.equal(w.upstream.requests.length, 1);
  }
});

Deno.test("an endpoint that mints credentials is refused whatever the request would switch to", async () => {
  await using w = await world((exchange) => switchTo(exchange, "SPDY/3.1"));
  await w.client.send(mint.replace("Content-Length: 0\r\n", execFields));
  const response = await w.client.receive({ method: "POST" });
  assertRefused(response, { status: 403, error: "http_request_denied" });
  assert.equal(w.upstream.requests.length, 0);
});

for (
  const { what, request } of [
    { what: "with a body", request: exec.replace("Content-Length: 0", "Content-Length: 1") + "x" },
    { what: "by PUT", request: exec.replace("POST", "PUT") },
  ]
) {
  Deno.test(`SPDY/3.1 is not asked for ${what}`, async () => {
    await using w = await world((exchange) => exchange.respond({ body: "plain" }));
    await w.client.send(request);
    const response = await w.client.receive({ method: "POST" });
    assert.deepEqual([response.status, response.body], [200, "plain"]);
    for (const name of ["upgrade", "connection"]) {
      assert.deepEqual(w.upstream.onlyRequest.values(name), []);
    }
  });
}

Deno.test("SPDY/3.1 is not asked for at a host without a rule", async () => {
  await using lab = await Lab.create();
  const upstream = lab.plainUpstream(["plain.example.com:80"], (exchange) => exchange.respond());
  const proxy = await lab.proxy({ secrets: { K8S_TOKEN: token, K8S_HOSTS: authority } });
  using client = await RawClient.connect(proxy.url);
  const fields = `Host: plain.example.com\r\n${execFields}`;
  await client.send(`POST http://plain.example.com/exec HTTP/1.1\r\n${fields}\r\n`);
  assert.equal((await client.receive({ method: "POST" })).status, 200);
  assert.deepEqual(upstream.onlyRequest.values("upgrade"), []);
  assertNoCredential(upstream, [token]);
});

Deno.test("a WebSocket subprotocol passes; a bearer token among them is the client's, and does not", async () => {
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  await using w = await world(async (exchange) => {
    exchange.closesAfter = true;
    await exchange.writeHead(101, {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Accept": await acceptKey(key),
      "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
    });
  });
  const bearer = `base64url.bearer.authorization.k8s.io.${btoa("mine")}`;
  const response = await w.client.get(
    `${pod}/exec?command=id`,
    `${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io, ${bearer}\r\n` +
      `Sec-WebSocket-Protocol: ${bearer.toUpperCase()}, v4.channel.k8s.io\r\n`,
  );
  assert.equal(response.status, 101);
  assert.deepEqual(response.values("sec-websocket-protocol"), ["v5.channel.k8s.io"]);
  const { onlyRequest } = w.upstream;
  const protocols = onlyRequest.values("sec-websocket-protocol");
  assert.deepEqual(protocols, ["v5.channel.k8s.io, v4.channel.k8s.io"]);
  assert.deepEqual(onlyRequest.values("authorization"), [`Bearer ${token}`]);
});

Deno.test("a kept connection is not switched: exec after another request has one of its own", async () => {
  await using w = await world(async (exchange) => {
    if (exchange.request.method === "GET") return await exchange.respond();
    await switchTo(exchange, "SPDY/3.1");
  });
  assert.equal((await w.client.get(pod, host)).status, 200);
  await w.client.send(exec);
  assert.equal((await w.client.receive({ method: "POST" })).status, 101);
  assert.equal(w.upstream.acceptedConnections, 2);
});

Deno.test("an egress entry keeps agents from exec, and leaves the rest of the cluster to them", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], (exchange) => exchange.respond());
  const config = await lab.dir.write(
    "auth-proxy.yaml",
    'egress:\n  deny: [{ host: prod.k8s.corp, port: 6443, path: "/**/pods/*/exec" }]\n',
  );
  const proxy = await lab.proxy({
    secrets: { K8S_TOKEN: token, K8S_HOSTS: authority },
    args: ["--config", config],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  for (const path of ["/exec?", "/%65xec?", "/x/../exec/?"]) {
    await client.send(exec.replace("/exec?", path));
    assertRefused(await client.receive({ method: "POST" }), { status: 403 });
  }
  assert.equal((await client.get(pod, host)).status, 200);
  assert.equal(upstream.requests.length, 1);
});
