/**
 * The contract: what is said between two neighbours stays between them (RFC 9110 section 7.6.1),
 * in both directions, and everything that is said end to end arrives. Heads are compared whole, so
 * that a field too many fails as well as one too few.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { acceptKey, readFrame, writeFrame } from "../support/websocket_frames.ts";
import { writeAll } from "../support/write_all.ts";

const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const hostLine = ["Host", "api.github.com"];
const authorizationLine = ["Authorization", "Bearer ghp_real"];

interface World extends AsyncDisposable {
  readonly upstream: Upstream;
  /** TLS to api.github.com through the proxy. */
  readonly client: RawClient;
}

async function world(handler: Handler): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: "ghp_real" } });
  const ca = await Deno.readTextFile(proxy.caFile);
  const client = stack.use(await RawClient.tunnel(proxy.url, { target: authority, ca }));
  const owned = stack.move();
  return { upstream, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Answers with exactly these octets. */
function raw(text: string): Handler {
  return (exchange) => exchange.write(text);
}

const requestFields = [
  {
    name: "what every Connection line names, in any case and with any white space,",
    sent: "Connection: X-One\r\nX-One: 1\r\nX-Kept: 1\r\nCONNECTION:\t x-TWO ,\tX-Three,, \r\n" +
      "x-two: 2\r\nX-THREE: 3\r\nX-one: again\r\nX-Three-And-More: 3\r\nconnection:x-four\r\n" +
      "X-Four: 4\r\nConnection:\r\n",
    arrives: [["X-Kept", "1"], ["X-Three-And-More", "3"]],
  },
  {
    name: "every hop-by-hop field that no Connection names",
    sent: "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: gzip\r\nUpgrade: h2c\r\n" +
      "Proxy-Authorization: Basic eDp5\r\nProxy-Authenticate: Basic\r\nX-Kept: 1\r\n" +
      "Proxy-Authentication-Info: x\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    arrives: [["X-Kept", "1"]],
  },
  {
    name: "of TE all but trailers",
    sent: "TE: gzip;q=0.5,Trailers\r\nConnection: te\r\n",
    arrives: [["Connection", "TE"], ["TE", "trailers"]],
  },
  {
    name: "of several TE lines all but trailers",
    sent: "Connection: keep-alive\r\nTE: gzip\r\nte: trailers , deflate\r\nConnection: TE\r\n",
    arrives: [["Connection", "TE"], ["TE", "trailers"]],
  },
  { name: "a TE without trailers", sent: "TE: gzip, xtrailers\r\nConnection: TE\r\n", arrives: [] },
];

for (const { name, sent, arrives } of requestFields) {
  Deno.test(`in a request ${name} is dropped, the rest arrives`, async () => {
    await using w = await world(json({}));
    assert.equal((await w.client.get("/", host + sent)).status, 200);
    const expected = [hostLine, ...arrives, authorizationLine].map((line) => line.join(": "));
    const seen = w.upstream.onlyRequest.fields.map((line) => line.join(": "));
    assert.deepEqual(seen.toSorted(), expected.toSorted());
  });
}

const notForClients = "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\n" +
  "Proxy-Authenticate: Basic\r\nProxy-Authentication-Info: x\r\nUpgrade: h2c\r\n" +
  'Proxy-Status: auth-proxy; error=dns_error\r\nAlt-Svc: h3=":443"\r\nALT-SVC: clear\r\n';

const responses = [
  { name: "a final response", status: "200 OK", arrives: [["Content-Length", "2"]], body: "ok" },
  {
    name: "a 407 of the service's own",
    status: "407 Proxy Authentication Required",
    arrives: [["Content-Length", "2"]],
    body: "ok",
  },
  { name: "an interim response", status: "103 Early Hints", arrives: [], body: "" },
];

for (const { name, status, arrives, body } of responses) {
  Deno.test(`of ${name} the client gets no hop-by-hop field, Proxy-Status or Alt-Svc`, async () => {
    const final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const lines =
      "Connection: X-One\r\nX-One: 1\r\nconnection: keep-alive ,\tx-TWO\r\nX-Two: 2\r\n" +
      `${arrives.map((line) => `${line.join(": ")}\r\n`).join("")}X-Kept: 1\r\n${notForClients}`;
    const interim = status.startsWith("1");
    await using w = await world(raw(`HTTP/1.1 ${status}\r\n${lines}\r\n${interim ? final : body}`));
    for (let round = 0; round < 2; round++) {
      const response = await w.client.get("/", host);
      assert.equal(response.status, Number(status.slice(0, 3)));
      assert.deepEqual(response.fields, [...arrives, ["X-Kept", "1"]]);
      assert.equal(response.body, body);
      if (interim) assert.equal((await w.client.receive({ method: "GET" })).status, 200);
    }
    assert.equal(w.upstream.acceptedConnections, 1);
  });
}

Deno.test("an upstream in clear cannot speak in our name either: its Proxy-Status is dropped", async () => {
  await using lab = await Lab.create();
  lab.plainUpstream(
    ["plain.example.com:80"],
    raw(
      "HTTP/1.1 403 No\r\nProxy-Status: auth-proxy; error=dns_error\r\nContent-Length: 0\r\n\r\n",
    ),
  );
  const proxy = await lab.proxy();
  using client = await RawClient.connect(proxy.url);
  const response = await client.get("http://plain.example.com/", "Host: plain.example.com\r\n");
  assert.equal(response.status, 403);
  assert.deepEqual(response.values("proxy-status"), []);
});

Deno.test("Alt-Svc passes in a blind tunnel, whose octets nobody reads", async () => {
  await using lab = await Lab.create();
  const altSvc = 'h3=":443"; ma=86400';
  await lab.upstream(
    ["blind.example.com:443"],
    (exchange) => exchange.respond({ fields: { "Alt-Svc": altSvc } }),
  );
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: "ghp_real" } });
  const tunnel = { target: "blind.example.com:443", ca: lab.root.pem };
  using client = await RawClient.tunnel(proxy.url, tunnel);
  const response = await client.get("/", "Host: blind.example.com\r\n");
  assert.deepEqual(response.values("alt-svc"), [altSvc]);
});

const sentTrailers = "Grpc-Status: 0\r\nAuthorization: x\r\nProxy-Authorization: x\r\nHost: x\r\n" +
  "Content-Length: 9\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nSet-Cookie: a=b\r\n" +
  "Proxy-Status: auth-proxy; error=dns_error\r\nAlt-Svc: clear\r\nX-Last: 1\r\n";

Deno.test("trailers pass both ways without framing, credentials and words in our name", async () => {
  const message = `Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${sentTrailers}\r\n`;
  await using w = await world(async (exchange) => {
    await exchange.discardBody();
    await exchange.write(`HTTP/1.1 200 OK\r\n${message}`);
  });
  const passed = [["Grpc-Status", "0"], ["X-Last", "1"]];
  for (let round = 0; round < 2; round++) {
    await w.client.send(`POST / HTTP/1.1\r\n${host}${message}`);
    assert.deepEqual((await w.client.receive({ method: "POST" })).trailers, passed);
    assert.deepEqual(w.upstream.requests[round]?.trailers, passed);
  }
  assert.equal(w.upstream.acceptedConnections, 1);
});

Deno.test("trailers that Connection names are dropped both ways (RFC 9110 section 7.6.1)", async () => {
  const message = "Connection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "2\r\nhi\r\n0\r\nX-Hop: 1\r\nX-Last: 1\r\n\r\n";
  await using w = await world(async (exchange) => {
    await exchange.discardBody();
    await exchange.write(`HTTP/1.1 200 OK\r\n${message}`);
  });
  await w.client.send(`POST / HTTP/1.1\r\n${host}${message}`);
  const response = await w.client.receive({ method: "POST" });
  assert.deepEqual(w.upstream.onlyRequest.trailers, [["X-Last", "1"]]);
  assert.deepEqual(response.trailers, [["X-Last", "1"]]);
});

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const socketFields = `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;

/** The octets of one frame. */
async function frameBytes(frame: Parameters<typeof writeFrame>[1]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const collect = (
    bytes: Uint8Array,
  ) => (pieces.push(bytes.slice()), Promise.resolve(bytes.length));
  await writeFrame({ write: collect }, frame);
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

Deno.test("Upgrade: of several protocols websocket passes alone, and frames beside both heads", async () => {
  const accept = await acceptKey(key);
  await using w = await world(async (exchange) => {
    exchange.closesAfter = true;
    const early = await frameBytes({ opcode: "text", payload: encode("server first") });
    const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n" +
      "Connection: upgrade, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: x\r\nAlt-Svc: clear\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
    await writeAll(exchange.connection, Uint8Array.from([...encode(head), ...early]));
    for (;;) {
      const { opcode, payload } = await readFrame(exchange.reader);
      await writeFrame(exchange.connection, { opcode, payload });
      if (opcode === "close") return;
    }
  });
  const mask = Uint8Array.of(1, 2, 3, 4);
  const head =
    `GET /socket HTTP/1.1\r\n${host}Connection: keep-alive, Upgrade, HTTP2-Settings\r\n` +
    `Upgrade: h2c, WebSocket\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${socketFields}\r\n`;
  const early = await frameBytes({ opcode: "text", payload: encode("client first"), mask });
  await w.client.send(Uint8Array.from([...encode(head), ...early]));

  const response = await w.client.receive({ method: "GET" });
  assert.equal(response.status, 101);
  assert.deepEqual(response.fields, [
    ["Sec-WebSocket-Accept", accept],
    ["Connection", "Upgrade"],
    ["Upgrade", "WebSocket"],
  ]);
  const request = w.upstream.onlyRequest;
  assert.deepEqual(request.values("upgrade"), ["websocket"]);
  assert.deepEqual(request.values("connection"), ["Upgrade"]);
  assert.deepEqual(request.values("http2-settings"), []);
  for (const expected of ["server first", "client first"]) {
    const { payload } = await readFrame(w.client.reader);
    assert.equal(new TextDecoder().decode(payload), expected);
  }
  const close = { opcode: "close", payload: Uint8Array.of(3, 232) } as const;
  await writeFrame(w.client.connection, { ...close, mask });
  assert.deepEqual(await readFrame(w.client.reader), { ...close, masked: false });
  await w.client.expectEnd();
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const upgradesThatEndHere = [
  { what: "h2c", fields: "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" },
  { what: "TLS/1.0", fields: "Connection: Upgrade\r\nUpgrade: TLS/1.0, HTTP/1.1\r\n" },
  { what: "SPDY/3.1", fields: "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" },
  {
    what: "SPDY/3.1 by POST, to another service than Kubernetes",
    method: "POST",
    fields: "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n",
  },
  { what: "websocketx", fields: "Connection: Upgrade\r\nUpgrade: websocketx, xwebsocket\r\n" },
  { what: "websocket, not named in Connection", fields: "Upgrade: websocket\r\n" },
  {
    what: "websocket by POST",
    method: "POST",
    fields: "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n",
  },
];

for (const { what, method = "GET", fields } of upgradesThatEndHere) {
  Deno.test(`Upgrade: ${what} is stripped, and the request goes on as any other`, async () => {
    await using w = await world(json({}));
    for (let round = 0; round < 2; round++) {
      await w.client.send(`${method} / HTTP/1.1\r\n${host}${fields}X-Kept: 1\r\n\r\n`);
      assert.equal((await w.client.receive({ method })).status, 200);
      const { fields: seen } = w.upstream.requests[round] ?? {};
      const rest = seen?.filter(([name]) => name !== "Content-Length");
      assert.deepEqual(rest, [hostLine, ["X-Kept", "1"], authorizationLine]);
    }
  });
}

for (
  const { what, fields } of [
    { what: "to a protocol whose offer ended here", fields: upgradesThatEndHere[0]?.fields },
    { what: "unasked", fields: "" },
    {
      what: "to another protocol than websocket",
      fields: "Connection: Upgrade\r\nUpgrade: websocket\r\n",
    },
  ]
) {
  Deno.test(`Upgrade: a 101 ${what} is refused, and what follows it reaches nobody`, async () => {
    await using w = await world(raw(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" +
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
    ));
    for (let round = 0; round < 2; round++) {
      const response = await w.client.get("/", host + fields);
      assertRefused(response, { status: 502, error: "http_protocol_error" });
    }
    assert.equal(w.upstream.acceptedConnections, 2);
  });
}
