/**
 * The contract: on the wire the proxy is a proper HTTP/1.1 intermediary (RFC 9110, RFC 9112). What
 * is valid passes with its meaning kept; what it cannot understand it refuses instead of guessing.
 */

import assert from "node:assert/strict";
import { assertInjected, assertNoCredential } from "../support/assert_injected.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { Relay } from "../support/relay.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { byPath, echoWithTrailers, json } from "../support/upstream_scripts.ts";
import { delay, within } from "../support/wait_until.ts";

const token = "ghp_real";
const injected = { name: "authorization", value: `Bearer ${token}` };
const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";

interface World extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly proxy: ProxyProcess;
  readonly ca: string;
  /** TLS to api.github.com through the proxy. */
  readonly client: RawClient;
}

async function world(handler: Handler): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
  const ca = await Deno.readTextFile(proxy.caFile);
  const client = stack.use(await RawClient.tunnel(proxy.url, { target: authority, ca }));
  const owned = stack.move();
  return { upstream, proxy, ca, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test("keep-alive: requests one after the other share both connections", async () => {
  await using w = await world((exchange) => exchange.respond({ body: exchange.request.target }));
  for (const target of ["/one", "/two?q=1", "/three"]) {
    const response = await w.client.get(target, host);
    assert.equal(response.status, 200);
    assert.equal(response.body, target);
  }
  assert.equal(w.upstream.acceptedConnections, 1);
  assertInjected(w.upstream, injected);
});

Deno.test("pipelining: three requests in one packet are answered in their order", async () => {
  await using w = await world(async (exchange) => {
    const body = await exchange.bodyText();
    // The first takes longest: answers must not overtake each other.
    if (exchange.request.target === "/one") await delay(200);
    await exchange.respond({ body: `${exchange.request.target} ${body}` });
  });
  await w.client.send(
    `GET /one HTTP/1.1\r\n${host}\r\n` +
      `POST /two HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello` +
      `GET /three HTTP/1.1\r\n${host}\r\n`,
  );
  assert.equal((await w.client.receive({ method: "GET" })).body, "/one ");
  assert.equal((await w.client.receive({ method: "POST" })).body, "/two hello");
  assert.equal((await w.client.receive({ method: "GET" })).body, "/three ");
  assertInjected(w.upstream, injected);
});

Deno.test("an HTTP/1.0 client gets a body that ends with the connection, never chunks", async () => {
  await using w = await world(echoWithTrailers);
  await w.client.send(`POST / HTTP/1.0\r\n${host}Content-Length: 5\r\n\r\nhello`);
  const response = await w.client.receive({ method: "POST" });
  assert.equal(response.status, 200);
  assert.deepEqual(response.values("transfer-encoding"), []);
  assert.equal(response.body, "hello");
  assert.deepEqual(response.trailers, []);
  assert.equal(w.upstream.onlyRequest.version, "HTTP/1.1");
});

Deno.test("Expect: 100-continue: the client may wait for 100 before it sends its body", async () => {
  await using w = await world(async (exchange) => {
    if (exchange.request.values("expect").length > 0) await exchange.writeHead(100);
    await exchange.respond({ body: await exchange.bodyText() });
  });
  const head = `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
  await w.client.send(head);
  assert.equal((await w.client.receive({ method: "POST" })).status, 100);
  await w.client.send("hello");
  const response = await w.client.receive({ method: "POST" });
  assert.equal(response.status, 200);
  assert.equal(response.body, "hello");
});

Deno.test("Expect: 100-continue: a final answer may come instead of 100", async () => {
  await using w = await world((exchange) => {
    exchange.closesAfter = true;
    return exchange.respond({ status: 403, fields: { Connection: "close" }, body: "no" });
  });
  const head = `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
  await w.client.send(head);
  let response = await w.client.receive({ method: "POST" });
  // A proxy may send 100 of its own accord (RFC 9110 section 10.1.1); then the body is due.
  if (response.status === 100) {
    await w.client.send("hello");
    response = await w.client.receive({ method: "POST" });
  }
  assert.equal(response.status, 403);
  assert.equal(response.body, "no");
});

Deno.test("HEAD, 204 and 304 have no body, and the connection goes on after them", async () => {
  await using w = await world((exchange) => {
    switch (exchange.request.target) {
      case "/204":
        return exchange.respond({ status: 204 });
      case "/304":
        return exchange.respond({ status: 304, fields: { "Content-Length": "5", ETag: '"x"' } });
      default:
        return exchange.respond({ body: "hello" });
    }
  });
  await w.client.send(`HEAD /200 HTTP/1.1\r\n${host}\r\n`);
  const head = await w.client.receive({ method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.value("content-length"), "5");
  assert.equal((await w.client.get("/204", host)).status, 204);
  const notModified = await w.client.get("/304", host);
  assert.equal(notModified.status, 304);
  assert.equal(notModified.value("etag"), '"x"');
  assert.equal((await w.client.get("/200", host)).body, "hello");
});

Deno.test("HEAD and 304 answered with Transfer-Encoding end at their head, and both go on", async () => {
  const chunked = "Transfer-Encoding: chunked\r\nETag: x\r\n\r\n";
  await using w = await world(byPath({
    "/head": (exchange) => exchange.write(`HTTP/1.1 200 OK\r\n${chunked}`),
    "/304": (exchange) => exchange.write(`HTTP/1.1 304 Not Modified\r\n${chunked}`),
    "/": json({}),
  }));
  for (const [method, path, status] of [["HEAD", "/head", 200], ["GET", "/304", 304]] as const) {
    await w.client.send(`${method} ${path} HTTP/1.1\r\n${host}\r\n`);
    const response = await w.client.receive({ method });
    assert.equal(response.status, status);
    assert.deepEqual(response.values("etag"), ["x"]);
    assert.equal((await w.client.get("/", host)).body, "{}");
  }
  assert.equal(w.upstream.acceptedConnections, 1);
});

Deno.test("interim responses 100, 102 and several 103 pass in their order, each at once", async () => {
  const sent = [[102, ""], [103, "</a>"], [100, ""], [103, "</b>"], [103, "</c>"]] as const;
  const seen = sent.map(() => Promise.withResolvers<void>());
  await using w = await world(async (exchange) => {
    for (const [index, [status, link]] of sent.entries()) {
      await exchange.writeHead(status, link === "" ? {} : { Link: link });
      await within(seen[index]?.promise ?? Promise.reject(), { what: `${status} has arrived` });
    }
    await exchange.respond({ body: "final" });
  });
  await w.client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
  for (const [index, [status, link]] of sent.entries()) {
    const interim = await w.client.receive({ method: "GET" });
    assert.deepEqual([interim.status, interim.value("link") ?? ""], [status, link]);
    seen[index]?.resolve();
  }
  assert.equal((await w.client.receive({ method: "GET" })).body, "final");
});

Deno.test("an HTTP/1.0 client gets no interim response", async () => {
  await using w = await world(async (exchange) => {
    await exchange.writeHead(103, { Link: "</a>" });
    await exchange.respond({ body: "final" });
  });
  await w.client.send(`GET / HTTP/1.0\r\n${host}\r\n`);
  assert.equal((await w.client.receive({ method: "GET" })).status, 200);
});

Deno.test("Connection: close of a request is kept to, though its body comes after its head", async () => {
  await using w = await world(echoWithTrailers);
  await w.client.send(`POST / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 5\r\n\r\n`);
  await w.upstream.waitForRequests(1);
  await w.client.send("hello");
  const response = await w.client.receive({ method: "POST" });
  assert.equal(response.body, "hello");
  assert.deepEqual(response.values("connection"), ["close"]);
  await w.client.expectEnd();
  // The client's connection ends, the upstream's was not asked to.
  assert.deepEqual(w.upstream.onlyRequest.values("connection"), []);
});

Deno.test("a redirect is passed on, not followed", async () => {
  const fields = { Location: "https://evil.com/" };
  await using w = await world((exchange) => exchange.respond({ status: 302, fields }));
  const response = await w.client.get("/", host);
  assert.equal(response.status, 302);
  assert.equal(response.value("location"), "https://evil.com/");
  assert.equal(w.upstream.requests.length, 1);
});

Deno.test("http:// to a host without a rule is forwarded in origin form", async () => {
  await using lab = await Lab.create();
  const upstream = lab.plainUpstream(["plain.example.com:80"], json({ plain: true }));
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
  using client = await RawClient.connect(proxy.url);
  const fields =
    "Host: plain.example.com\r\nAuthorization: mine\r\nProxy-Connection: keep-alive\r\n";
  for (const path of ["/a", "/b?c=d"]) {
    const response = await client.get(`http://plain.example.com${path}`, fields);
    assert.equal(response.status, 200, response.body);
    assert.equal(response.body, '{"plain":true}');
  }
  assert.deepEqual(upstream.requests.map((request) => request.target), ["/a", "/b?c=d"]);
  for (const request of upstream.requests) {
    assert.deepEqual(request.values("host"), ["plain.example.com"]);
    assert.deepEqual(request.values("authorization"), ["mine"]);
    assert.deepEqual(request.values("proxy-connection"), []);
  }
  assertNoCredential(upstream, [token]);
});

Deno.test("CONNECT by IP literal with a DNS name in SNI goes to the name", async () => {
  await using w = await world(json({}));
  // Nothing listens on this address (RFC 5737), so an answer proves that the name was dialled.
  const tunnel = { target: "203.0.113.7:443", serverName: "api.github.com", ca: w.ca };
  using client = await RawClient.tunnel(w.proxy.url, tunnel);
  assert.equal((await client.get("/user", host)).status, 200);
  assertInjected(w.upstream, injected);
});

Deno.test("a ClientHello that arrives byte by byte is read all the same", async () => {
  await using w = await world(json({}));
  await using relay = await Relay.start(w.proxy, { dribbledBytes: 2_000 });
  using client = await RawClient.tunnel(relay.url, { target: authority, ca: w.ca });
  assert.equal((await client.get("/user", host)).status, 200);
  assertInjected(w.upstream, injected);
});

for (
  const [name, bytes] of [
    ["HTTP in clear", `GET /user HTTP/1.1\r\n${host}\r\n`],
    ["SSH", "SSH-2.0-OpenSSH_9.2p1\r\n"],
    ["a TLS record that is no handshake", "\x17\x03\x03\x00\x05hello"],
    ["a handshake that is no ClientHello", "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"],
  ] as const
) {
  Deno.test(`${name} in a tunnel that should be decrypted is refused`, async () => {
    await using w = await world(json({}));
    using client = await RawClient.connect(w.proxy.url);
    assert.equal((await client.openTunnel(authority)).status, 200);
    await client.send(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
    await assertClosedUnanswered(client);
    assert.equal(w.upstream.acceptedConnections, 0);
  });
}

/** The connection ends, perhaps after a TLS alert or a refusal in clear; nothing is forwarded. */
async function assertClosedUnanswered(client: RawClient): Promise<void> {
  let text = "";
  try {
    for (;;) {
      const bytes = await client.reader.readSome();
      if (bytes === undefined) break;
      text += new TextDecoder("latin1").decode(bytes);
    }
  } catch (error) {
    assert.ok(error instanceof Deno.errors.ConnectionReset, String(error));
  }
  assert.doesNotMatch(text, /HTTP\/1\.1 2/);
}

Deno.test("a --rule whose secret is missing answers 502 and forwards nothing", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["a.example.com:443"], json({}));
  const proxy = await lab.proxy({ args: ["--rule", "a.example.com,X-Key,NO_SUCH_VARIABLE"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "a.example.com:443", ca });
  const response = await client.get("/", "Host: a.example.com\r\n");
  assertRefused(response, { status: 502, error: "proxy_configuration_error" });
  assert.match(response.body, /NO_SUCH_VARIABLE/);
  assert.equal(upstream.receivedBytes, 0);
});

Deno.test("a --rule injects its header, bare, or Bearer for Authorization", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["a.example.com:443", "b.example.com:443"], json({}));
  const rules = ["--rule", "a.example.com,X-Key,KEY", "--rule", "b.example.com,Authorization,KEY"];
  const proxy = await lab.proxy({ secrets: { KEY: "key-real" }, args: rules });
  const ca = await Deno.readTextFile(proxy.caFile);
  for (const name of ["a.example.com", "b.example.com"]) {
    using client = await RawClient.tunnel(proxy.url, { target: `${name}:443`, ca });
    assert.equal((await client.get("/", `Host: ${name}\r\nX-Key: mine\r\n`)).status, 200);
  }
  assert.deepEqual(upstream.requests[0]?.values("x-key"), ["key-real"]);
  assert.deepEqual(upstream.requests[1]?.values("authorization"), ["Bearer key-real"]);
});

Deno.test("an answer that begins before its request has ended is the connection's last", async () => {
  const seen = Promise.withResolvers<void>();
  await using w = await world(async (exchange) => {
    if (exchange.request.method === "GET") return await exchange.respond({ body: "next" });
    await exchange.writeHead(200, { "Content-Length": "5" });
    await exchange.write("he");
    await seen.promise;
    await exchange.discardBody();
    await exchange.write("llo");
  });
  // More than the buffers between the client and the upstream hold.
  const size = 32 * 1024 * 1024;
  const upload = (async () => {
    await w.client.send(`POST / HTTP/1.1\r\n${host}Content-Length: ${size}\r\n\r\n`);
    const block = new Uint8Array(64 * 1024);
    for (let sent = 0; sent < size; sent += block.length) await w.client.send(block);
  })();
  // Awaited below; where the test fails first, the connection is closed under it.
  upload.catch(() => {});
  const head = await within(w.client.reader.readHead(), { what: "the answer begins" });
  assert.match(head?.startLine ?? "", /^HTTP\/1\.1 200 /);
  seen.resolve();
  await upload;
  let text = "";
  for await (const bytes of w.client.reader.body(head?.fields ?? [], { untilClose: false })) {
    text += new TextDecoder().decode(bytes);
  }
  assert.equal(text, "hello");
  using other = await RawClient.tunnel(w.proxy.url, { target: authority, ca: w.ca });
  assert.equal((await other.get("/", host)).body, "next");
  assert.equal(w.upstream.acceptedConnections, 2);
});
