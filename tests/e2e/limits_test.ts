/**
 * The contract: whoever holds connections open without using them is the first to lose them, and
 * keeps nobody out; each limit closes or refuses what it says it does, at the value that it is given.
 * Longer than most: the limits share the clients that strain them.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Flood } from "../support/flood.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { type ProxyProcess, runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import type { Handler } from "../support/upstream.ts";
import { download, json, writeChunk } from "../support/upstream_scripts.ts";
import { delay, waitUntil, within } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_real" };
const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const connectHead = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
/** A page of the proxy's own, which there is none of: the answer is its own 404. */
const ownPage = "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";
const plain = "plain.example.com:80";
const plainGet = "GET http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\n\r\n";

/** The start of a TLS record with a ClientHello of 508 octets, which never ends. */
const helloStart = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

const slowKinds = [
  { opening: "", drip: "" },
  { opening: "GET / HTTP/1.1\r\nHost: localhost:8080\r\nX-Slow: ", drip: "x" },
  { opening: connectHead + helloStart, drip: "\0" },
  { opening: connectHead, drip: "" },
];

function limits(...settings: string[]): string[] {
  return settings.flatMap((setting) => ["--limit", setting]);
}

/** One request over a new connection through the proxy. */
async function assertServed(proxy: ProxyProcess, ca: string): Promise<void> {
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  const response = await client.get("/", host);
  assert.equal(response.status, 200, response.body);
}

async function openSlow(proxy: ProxyProcess, count: number): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack();
  for (const kind of slowKinds) {
    stack.use(await Flood.open(proxy, { ...kind, count: count / slowKinds.length }));
  }
  return stack;
}

Deno.test("2,000 slowloris connections that come back do not stop a normal client", async () => {
  await using lab = await Lab.create();
  await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  await using _flood = await openSlow(proxy, 2000);
  for (let request = 0; request < 40; request++) await assertServed(proxy, ca);
  assert.match(proxy.stderr, /waiting connections closed in favour of new ones/);
});

Deno.test("head-timeout and handshake-timeout close 2,000 slowloris connections", async () => {
  await using lab = await Lab.create();
  await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({
    secrets,
    args: limits(
      "max-connections=5000",
      "max-connections-per-client=5000",
      "head-timeout=3s",
      "handshake-timeout=3s",
    ),
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  const floods = await Promise.all(
    slowKinds.map((kind) => Flood.open(proxy, { ...kind, count: 500, once: true })),
  );
  await using stack = new AsyncDisposableStack();
  for (const flood of floods) stack.use(flood);
  await assertServed(proxy, ca);
  await waitUntil(() => floods.every(({ ended }) => ended === 500), {
    what: "every slow connection is closed",
    deadlineMs: 30_000,
  });
  await assertServed(proxy, ca);
  assert.doesNotMatch(proxy.stderr, /in favour of/);
});

/** Another client than the loopback: this machine by an address of its network, if it has one. */
const otherAddress = Deno.networkInterfaces()
  .find(({ address, family }) => family === "IPv4" && !address.startsWith("127."))?.address;

/** A test of more than one client. */
function testClients(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: otherAddress === undefined, fn });
}

/** A connection from an address of its own, and what has arrived on it. */
class Peer implements Disposable {
  readonly socket: Socket;
  text = "";
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.text += text);
    socket.on("close", () => this.ended = true);
    socket.on("error", () => {});
  }

  static async open(proxy: ProxyProcess, localAddress = "127.0.0.1"): Promise<Peer> {
    const socket = connect({ host: proxy.hostname, port: proxy.port, localAddress });
    await once(socket, "connect");
    return new Peer(socket);
  }

  /** Sends a request, waits for the whole answer, and gives its status line. */
  async ask(request: string): Promise<string> {
    this.text = "";
    this.socket.write(request);
    await waitUntil(() => this.ended || isWhole(this.text), { what: "an answer or the end" });
    return this.text.slice(0, this.text.indexOf("\r\n"));
  }

  async assertEnds(): Promise<void> {
    await waitUntil(() => this.ended, { what: "the proxy closes the connection" });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function isWhole(response: string): boolean {
  const [head, body] = response.split(/\r\n\r\n([^]*)/);
  const length = /\r\nContent-Length: (\d+)/.exec(head ?? "")?.[1] ?? "0";
  return body !== undefined && body.length >= Number(length);
}

const notFound = "HTTP/1.1 404 Not Found";
const unavailable = "HTTP/1.1 503 Service Unavailable";

testClients(
  "max-connections-per-client closes the connection that has waited longest",
  async () => {
    await using lab = await Lab.create();
    const proxy = await lab.proxy({ args: limits("max-connections-per-client=3") });
    using first = await Peer.open(proxy);
    assert.equal(await first.ask(ownPage), notFound);
    using second = await Peer.open(proxy);
    assert.equal(await second.ask(ownPage), notFound);
    using third = await Peer.open(proxy);
    assert.equal(await third.ask(ownPage), notFound);
    // Now the second has waited longest, though the first is older.
    assert.equal(await first.ask(ownPage), notFound);
    using other = await Peer.open(proxy, otherAddress);
    assert.equal(await other.ask(ownPage), notFound);
    using fourth = await Peer.open(proxy);
    assert.equal(await fourth.ask(ownPage), notFound);
    await second.assertEnds();
    for (const peer of [first, third, fourth, other]) {
      assert.equal(await peer.ask(ownPage), notFound);
    }
  },
);

/** An upstream that answers once it is let, and a proxy in front of it. */
async function stalledLab(args: string[]) {
  const lab = await Lab.create();
  const answer = Promise.withResolvers<void>();
  const handler: Handler = async (exchange) => {
    await answer.promise;
    await exchange.respondJson({});
  };
  const upstream = lab.plainUpstream([plain], handler);
  const proxy = await lab.proxy({ args });
  return {
    upstream,
    proxy,
    answer: () => answer.resolve(),
    [Symbol.asyncDispose]: async () => {
      answer.resolve();
      await lab[Symbol.asyncDispose]();
    },
  };
}

testClients("max-connections-per-client refuses a newcomer only if all are at work", async () => {
  await using lab = await stalledLab(limits("max-connections-per-client=2"));
  const { proxy, upstream } = lab;
  using exchange = await Peer.open(proxy);
  exchange.socket.write(plainGet);
  await upstream.waitForRequests(1);
  using waiting = await Peer.open(proxy);
  assert.equal(await waiting.ask(ownPage), notFound);
  using worker = await Peer.open(proxy);
  worker.socket.write(plainGet);
  await upstream.waitForRequests(2);
  await waiting.assertEnds();

  using refused = await RawClient.connect(proxy.url);
  const response = await refused.receive({ method: "GET" });
  assertRefused(response, { status: 503, error: "connection_limit_reached" });
  assert.match(response.body, /All 2 connections of one client are at work/);
  using other = await Peer.open(proxy, otherAddress);
  assert.equal(await other.ask(ownPage), notFound);

  lab.answer();
  await waitUntil(() => exchange.text.includes("200 OK") && worker.text.includes("200 OK"), {
    what: "those at work are answered",
  });
  using late = await Peer.open(proxy);
  assert.equal(await late.ask(ownPage), notFound);
});

Deno.test("a tunnel is at work, a tunnel in which nobody has spoken waits", async () => {
  await using lab = await Lab.create();
  lab.plainUpstream(["tunnel.example.com:80"], json({}));
  const proxy = await lab.proxy({ args: limits("max-connections=2") });
  const head = "CONNECT tunnel.example.com:80 HTTP/1.1\r\nHost: tunnel.example.com:80\r\n\r\n";
  using tunnel = await RawClient.connect(proxy.url);
  assert.equal((await tunnel.openTunnel("tunnel.example.com:80")).status, 200);
  assert.equal((await tunnel.get("/", "Host: tunnel.example.com\r\n")).status, 200);
  using silent = await Peer.open(proxy);
  assert.match(await silent.ask(head), /^HTTP\/1\.1 200 /);
  using newcomer = await Peer.open(proxy);
  assert.equal(await newcomer.ask(ownPage), notFound);
  await silent.assertEnds();
  assert.equal((await tunnel.get("/", "Host: tunnel.example.com\r\n")).status, 200);
});

Deno.test("a flood of new connections closes none that has been of use", async () => {
  await using lab = await Lab.create();
  await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({ secrets, args: limits("max-connections=24") });
  const ca = await Deno.readTextFile(proxy.caFile);
  using stack = new DisposableStack();
  const honest: RawClient[] = [];
  for (let count = 0; count < 4; count++) {
    honest.push(stack.use(await RawClient.tunnel(proxy.url, { target: authority, ca })));
    assert.equal((await honest[count]?.get("/", host))?.status, 200);
  }
  await using _flood = await Flood.open(proxy, { count: 60, opening: "", drip: "", once: true });
  await waitUntil(() => /waiting connections closed/.test(proxy.stderr), {
    what: "some are closed",
  });
  for (const client of honest) assert.equal((await client.get("/", host)).status, 200);
});

testClients("max-connections closes one of the client with the most", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ args: limits("max-connections=4") });
  using modest = await Peer.open(proxy, otherAddress);
  assert.equal(await modest.ask(ownPage), notFound);
  const greedy: Peer[] = [];
  using stack = new DisposableStack();
  for (let count = 0; count < 3; count++) {
    const peer = stack.use(await Peer.open(proxy));
    greedy.push(peer);
    assert.equal(await peer.ask(ownPage), notFound);
  }
  using newcomer = await Peer.open(proxy, otherAddress);
  assert.equal(await newcomer.ask(ownPage), notFound);
  await greedy[0]?.assertEnds();
  for (const peer of [modest, newcomer, ...greedy.slice(1)]) {
    assert.equal(await peer.ask(ownPage), notFound);
  }
});

Deno.test("max-connections refuses whoever comes while all are at work, in bounds", async () => {
  await using lab = await stalledLab(limits("max-connections=2"));
  const { proxy, upstream } = lab;
  using first = await Peer.open(proxy);
  using second = await Peer.open(proxy, "127.0.0.2");
  for (const peer of [first, second]) peer.socket.write(plainGet);
  await upstream.waitForRequests(2);
  using stack = new DisposableStack();
  const peers: Peer[] = [];
  // They do not read the end, so that each answer waits for as long as it may.
  for (let count = 0; count < 200; count++) {
    const peer = await Peer.open(proxy, "127.0.0.3");
    peers.push(stack.use(peer));
  }
  await waitUntil(() => peers.every((peer) => peer.ended || peer.text !== ""), {
    what: "every newcomer is answered or cut off",
  });
  const answered = peers.filter(({ text }) => text.startsWith(unavailable)).length;
  assert.ok(answered > 0, "Nobody is told why");
  await waitUntil(() => peers.every(({ ended }) => ended), { what: "every newcomer is closed" });
  await waitUntil(() => /[1-9]\d* new ones refused/.test(proxy.stderr), { what: "it is logged" });
  const lines = proxy.stderr.split("\n").filter((line) => /refused/.test(line));
  assert.ok(lines.length < 20, `${lines.length} lines about 200 refusals`);
  lab.answer();
  await waitUntil(() => [first, second].every(({ text }) => text.includes("200 OK")), {
    what: "those at work are answered",
  });
});

/** The seconds that pass until `event` has happened. */
async function secondsUntil(event: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await within(event, { what: "the limit has done its work" });
  return (performance.now() - start) / 1000;
}

/** Every limit in time is 1 s here; all others are as long as they are by default. */
function assertOneSecond(seconds: number): void {
  assert.ok(seconds > 0.7 && seconds < 6, `It took ${seconds} s`);
}

Deno.test("head-timeout ends a silent connection and answers 408 to a head that began", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ args: limits("head-timeout=1s") });
  using silent = await RawClient.connect(proxy.url);
  assertOneSecond(await secondsUntil(silent.expectEnd()));
  using slow = await RawClient.connect(proxy.url);
  await slow.send("GET / HTTP/1.1\r\n");
  let response;
  assertOneSecond(
    await secondsUntil(slow.receive({ method: "GET" }).then((value) => response = value)),
  );
  assert.match(JSON.stringify(response), /No whole request head within 1 s/);
});

Deno.test("handshake-timeout ends a tunnel in which TLS does not begin, or does not end", async () => {
  await using lab = await Lab.create();
  await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({ secrets, args: limits("handshake-timeout=1000ms") });
  for (const begun of ["", helloStart]) {
    using client = await RawClient.connect(proxy.url);
    assert.equal((await client.openTunnel(authority)).status, 200);
    await client.send(encodeLatin1(begun));
    assertOneSecond(await secondsUntil(client.expectEnd()));
  }
});

Deno.test("keep-alive-timeout ends a connection between two requests", async () => {
  await using lab = await Lab.create();
  await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({ secrets, args: limits("keep-alive-timeout=1") });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  assert.equal((await client.get("/", host)).status, 200);
  assertOneSecond(await secondsUntil(client.expectEnd()));
});

Deno.test("idle-timeout answers 504 for a silent upstream, and ends a silent tunnel", async () => {
  await using lab = await stalledLab(limits("idle-timeout=1s"));
  const { proxy } = lab;
  using client = await RawClient.connect(proxy.url);
  await client.send(plainGet);
  const answer = client.receive({ method: "GET" });
  assertOneSecond(await secondsUntil(answer));
  assertRefused(await answer, { status: 504, error: "http_response_timeout" });
  using tunnel = await RawClient.connect(proxy.url);
  assert.equal((await tunnel.openTunnel(plain)).status, 200);
  await tunnel.send("GET / HTTP/1.1\r\nHost: plain.example.com\r\n\r\n");
  assertOneSecond(await secondsUntil(tunnel.expectEnd()));
});

/** A server that accepts connections and reads nothing, and how many of them are open. */
function deafServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of listener) conns.push(conn);
  })();
  return {
    address: `127.0.0.1:${listener.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const conn of conns) conn.close();
      await accepting;
    },
  };
}

/** Sends as much as is taken, until the connection ends. */
async function pour(socket: Socket): Promise<void> {
  const block = new Uint8Array(64 * 1024);
  while (!socket.destroyed) {
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.write(block, () => resolve());
    });
  }
}

Deno.test("stall-timeout answers 504 for an upstream that takes nothing, and ends a tunnel", async () => {
  await using deaf = deafServer();
  await using lab = await Lab.create();
  const args = [...limits("stall-timeout=1s"), "--connect-to", `${plain}:${deaf.address}`];
  const proxy = await lab.proxy({ args });
  using exchange = await Peer.open(proxy);
  exchange.socket.write(
    "POST http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\n" +
      "Content-Length: 1000000000\r\n\r\n",
  );
  const poured = pour(exchange.socket);
  await waitUntil(() => exchange.text !== "", { what: "the upload is refused" });
  assert.match(exchange.text, /^HTTP\/1\.1 504 /);
  assert.match(exchange.text, /http_response_timeout/);
  assert.match(exchange.text, /has taken nothing for 1 s/);
  await exchange.assertEnds();
  await poured;
  using tunnel = await Peer.open(proxy);
  const connectPlain = `CONNECT ${plain} HTTP/1.1\r\nHost: ${plain}\r\n\r\n`;
  assert.match(await tunnel.ask(connectPlain), /^HTTP\/1\.1 200 /);
  const tunnelled = pour(tunnel.socket);
  await tunnel.assertEnds();
  await tunnelled;
});

Deno.test("stall-timeout ends a client that takes nothing, over TLS and in a tunnel", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], download(1_000_000_000));
  const plainUpstream = lab.plainUpstream([plain], download(1_000_000_000));
  const proxy = await lab.proxy({ secrets, args: limits("stall-timeout=1s") });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  await client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
  await upstream.waitForRequests(1);
  await upstream.waitUntilIdle();
  using tunnel = await RawClient.connect(proxy.url);
  assert.equal((await tunnel.openTunnel(plain)).status, 200);
  await tunnel.send("GET / HTTP/1.1\r\nHost: plain.example.com\r\n\r\n");
  await plainUpstream.waitForRequests(1);
  await plainUpstream.waitUntilIdle();
  assert.match(proxy.stderr, /cut/);
});

Deno.test("stall-timeout lets be who has nothing to take, and who takes it slowly", async () => {
  await using lab = await Lab.create();
  const size = 40 * 1024 * 1024;
  await lab.upstream([authority], async (exchange) => {
    if (exchange.request.target === "/slow") return await download(size)(exchange);
    await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
    await writeChunk(exchange, "event");
    await delay(2500);
    await writeChunk(exchange, "event");
    await exchange.write("0\r\n\r\n");
  });
  const proxy = await lab.proxy({ secrets, args: limits("stall-timeout=1s") });
  const ca = await Deno.readTextFile(proxy.caFile);
  using events = await RawClient.tunnel(proxy.url, { target: authority, ca });
  assert.equal((await events.get("/events", host)).body, "eventevent");
  using slow = await RawClient.tunnel(proxy.url, { target: authority, ca });
  await slow.send(`GET /slow HTTP/1.1\r\n${host}\r\n`);
  const head = await slow.reader.readHead();
  let received = 0;
  let pause = 0;
  for await (const bytes of slow.reader.body(head?.fields ?? [], { untilClose: false })) {
    received += bytes.length;
    // Ten pauses, each shorter than the limit and together three times as long.
    if (received > pause * size / 10) {
      pause++;
      await delay(300);
    }
  }
  assert.equal(received, size);
});

Deno.test("connect-timeout answers 504 if an upstream's TLS handshake does not end", async () => {
  await using lab = await Lab.create();
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = await lab.proxy({
    secrets,
    args: [
      ...limits("connect-timeout=1s"),
      "--connect-to",
      `${authority}:127.0.0.1:${(mute.addr as Deno.NetAddr).port}`,
    ],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  const answer = client.get("/", host);
  assertOneSecond(await secondsUntil(answer));
  assertRefused(await answer, { status: 504, error: "connection_timeout" });
});

Deno.test("max-head-size and max-field-lines answer 431, just above their value", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ args: limits("max-head-size=1KiB", "max-field-lines=5") });
  const start = "GET / HTTP/1.1\r\nHost: localhost:8080\r\n";
  const fill = `X: ${"x".repeat(1024 - start.length - "X: \r\n\r\n".length)}`;
  const cases: [string, string][] = [
    [`${start}${fill}\r\n\r\n`, notFound],
    [`${start}${fill}x\r\n\r\n`, "HTTP/1.1 431 Request Header Fields Too Large"],
    [`${start}${"A: b\r\n".repeat(4)}\r\n`, notFound],
    [`${start}${"A: b\r\n".repeat(5)}\r\n`, "HTTP/1.1 431 Request Header Fields Too Large"],
  ];
  for (const [head, expected] of cases) {
    using peer = await Peer.open(proxy);
    assert.equal(await peer.ask(head), expected);
  }
});

Deno.test("limits that cannot be had do not start: exit 2 and a line for each", async () => {
  await using dir = await TempDir.create();
  const args = limits("head-timeout=1ms", "heat-timeout=1s", "pool-size=1", "pool-size=1");
  const { code, stdout, stderr } = await runProxyToExit(args, { dir });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 3, stderr);
  assert.match(lines[0] ?? "", /^auth-proxy: --limit: .*"1ms": it is from 250ms to 1h$/);
  assert.match(lines[1] ?? "", /^auth-proxy: --limit: .*no such limit; there are .*head-timeout/);
  assert.equal(lines[2], "auth-proxy: --limit: Cannot set pool-size twice");
});

Deno.test("pool-idle-timeout closes an upstream connection, pool-size=0 keeps none", async () => {
  for (const setting of ["pool-idle-timeout=1s", "pool-size=0", "pool-total=0"]) {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([authority], json({}));
    const proxy = await lab.proxy({ secrets, args: limits(setting) });
    const ca = await Deno.readTextFile(proxy.caFile);
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    assert.equal((await client.get("/", host)).status, 200);
    await upstream.waitUntilIdle();
    assert.equal((await client.get("/", host)).status, 200);
    assert.equal(upstream.acceptedConnections, 2, setting);
  }
});
