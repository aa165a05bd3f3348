/**
 * The contract: over HTTP/2 each side learns how a stream has ended on the other, and a connection ends
 * without harm to what is under way on it or on others.
 */

import assert from "node:assert/strict";
import { addAgent, basicField, runCommand } from "../support/agent_command.ts";
import { waitForAudit } from "../support/audit_lines.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { settings as settingIds, writeHeaders } from "../../src/wire/http2/frames.ts";
import { errorCodes } from "../../src/wire/http2/http2_error.ts";
import { Http2Client } from "../support/http2_client.ts";
import {
  block as blockOf,
  concat,
  data,
  frame,
  goAway,
  headers,
  reset,
} from "../support/http2_frames.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import type { PeerStream } from "../support/http2_peer.ts";
import { answerText, type Http2Upstream, type StreamHandler } from "../support/http2_upstream.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { json } from "../support/upstream_scripts.ts";
import { delay, waitUntil } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789" };
const target = "api.github.com:443";

interface World extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  readonly upstream: Http2Upstream;
  readonly client: Http2Client;
  connect(): Promise<Http2Client>;
}

async function world(
  handler: StreamHandler,
  { args = [], settings = [] }: {
    args?: readonly string[];
    settings?: readonly (readonly [number, number])[];
  } = {},
): Promise<World> {
  const stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.http2Upstream([target], handler, settings);
  const proxy = await lab.proxy({ secrets, args });
  const ca = await Deno.readTextFile(proxy.caFile);
  const connect = async () => {
    const client = await Http2Client.tunnel(proxy.url, { target, ca });
    stack.use(client);
    return client;
  };
  const client = await connect();
  return { proxy, upstream, client, connect, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function refusal(stream: PeerStream): Parameters<typeof assertRefused>[0] {
  return {
    status: Number(stream.value(":status")),
    fields: stream.head ?? [],
    body: stream.body,
    trailers: stream.trailers,
    value: (name) => stream.value(name),
    values: (name) => stream.values(name),
  };
}

/** Nothing but the head, whatever path is asked for, except `/ok`. */
const silentButOk: StreamHandler = async (stream, peer) => {
  if (stream.value(":path") === "/ok") await answerText("ok")(stream, peer);
};

async function assertServed(client: Http2Client): Promise<void> {
  const stream = await client.get("/ok");
  assert.deepEqual([stream.value(":status"), stream.body], ["200", "ok"]);
}

Deno.test("a client's reset reaches the service as CANCEL, and no other stream", async () => {
  await using t = await world(silentButOk);
  const id = await t.client.request(t.client.lines("GET", "/silent"));
  await waitUntil(() => t.upstream.streams.length === 1, { what: "the service has the request" });
  await t.client.send(reset(id, errorCodes.cancel));
  await waitUntil(() => t.upstream.streams[0]?.resetCode === errorCodes.cancel, {
    what: "the service is told",
  });
  await assertServed(t.client);
  assert.equal(t.upstream.peers.length, 1);
});

Deno.test("a client that leaves while its connection is opened does not end it for the others", async () => {
  await using t = await world(silentButOk);
  const other = await t.connect();
  for (let round = 0; round < 10; round++) {
    const ids = [];
    for (let turn = 0; turn < 5; turn++) {
      ids.push(await t.client.request(t.client.lines("GET", "/silent")));
    }
    await t.client.send(...ids.map((id) => reset(id, errorCodes.cancel)));
    await assertServed(other);
  }
  for (const peer of t.upstream.peers) assert.equal(peer.goAway, undefined);
});

Deno.test("a service's reset is a 502 before the head, and reaches the client with its code after it", async () => {
  await using t = await world(async (stream, peer) => {
    const path = stream.value(":path");
    if (path === "/ok") return await answerText("ok")(stream, peer);
    if (path !== "/before") {
      await peer.send(headers(stream.id, [[":status", "200"]]), data(stream.id, "half"));
      await delay(50);
    }
    await peer.send(reset(stream.id, Number(path?.slice(1)) || errorCodes.internal_error));
  });
  const before = await t.client.get("/before");
  assertRefused(refusal(before), { status: 502, error: "connection_terminated" });
  for (const code of [errorCodes.cancel, errorCodes.enhance_your_calm, 0x1234]) {
    const after = await t.client.get(`/${code}`);
    assert.equal(after.value(":status"), "200");
    // The end of what came is held back: it could be the beginning of a credential.
    assert.ok("half".startsWith(after.body));
    assert.equal(after.ended, false);
    assert.equal(after.resetCode, code);
  }
  await assertServed(t.client);
});

Deno.test("a response that the service cuts with NO_ERROR does not look whole", async () => {
  await using t = await world(async (stream, peer) => {
    await peer.send(headers(stream.id, [[":status", "200"]]), data(stream.id, "half"));
    await delay(50);
    await peer.send(reset(stream.id, errorCodes.no_error));
  });
  const stream = await t.client.get("/");
  assert.equal(stream.ended, false);
  assert.notEqual(stream.resetCode, errorCodes.no_error);
});

Deno.test("an upload that is answered early ends with NO_ERROR, and the answer holds", async () => {
  await using t = await world(async (stream, peer) => {
    await peer.send(
      headers(stream.id, [[":status", "413"]]),
      data(stream.id, "too large", { end: true }),
      reset(stream.id, errorCodes.no_error),
    );
  });
  const id = await t.client.request(t.client.lines("POST", "/"), { body: "part", end: false });
  await waitUntil(() => t.client.stream(id).resetCode !== undefined, { what: "it is reset" });
  const stream = t.client.stream(id);
  assert.deepEqual([stream.value(":status"), stream.body, stream.ended], [
    "413",
    "too large",
    true,
  ]);
  assert.equal(stream.resetCode, errorCodes.no_error);
});

Deno.test("what a service has not looked at is sent again, or the client is told so", async () => {
  let refused = 0;
  await using t = await world(async (stream, peer) => {
    if (stream.value(":path") === "/ok") return await answerText("ok")(stream, peer);
    if (stream.value(":path") === "/away" && refused === 0) {
      refused++;
      // Not looked at: the last one is the stream before.
      return await peer.send(goAway(stream.id - 2, errorCodes.no_error));
    }
    if (stream.value(":path") === "/refuse") {
      refused++;
      return await peer.send(reset(stream.id, errorCodes.refused_stream));
    }
    await answerText(`${stream.value(":method")} served`)(stream, peer);
  });
  await assertServed(t.client);
  // POST is not idempotent, and may be sent again all the same (RFC 9113 section 8.7).
  const lines = t.client.lines("POST", "/away");
  const again = await t.client.over(await t.client.request(lines));
  assert.equal(again.body, "POST served");
  assert.equal(t.upstream.peers.length, 2);
  const withBody = await t.client.request(t.client.lines("POST", "/refuse"), { body: "x" });
  const told = await t.client.over(withBody);
  assert.deepEqual([told.head, told.resetCode], [undefined, errorCodes.refused_stream]);
});

Deno.test("a service that ends its connection at once is a failure at once, not a wait", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.http2Upstream([target], () => {}, [[settingIds.enable_push, 1]]);
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await Http2Client.tunnel(proxy.url, { target, ca });
  const stream = await client.get("/");
  assertRefused(refusal(stream), { status: 502 });
  assert.equal(upstream.streams.length, 0);
});

Deno.test("streams beyond the service's own limit go over another connection", async () => {
  await using t = await world(silentButOk, {
    settings: [[settingIds.max_concurrent_streams, 2]],
  });
  for (let turn = 0; turn < 5; turn++) await t.client.request(t.client.lines("GET", "/silent"));
  await waitUntil(() => t.upstream.streams.length === 5, { what: "all have arrived" });
  await assertServed(t.client);
  for (const peer of t.upstream.peers) assert.equal(peer.goAway, undefined);
});

Deno.test("SIGTERM: GOAWAY, what is under way is finished, and the proxy exits 0", async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  await using t = await world(async (stream, peer) => {
    await peer.send(headers(stream.id, [[":status", "200"]]), data(stream.id, "first "));
    await mayEnd;
    await peer.send(data(stream.id, "last", { end: true }));
  });
  const id = await t.client.request(t.client.lines("GET", "/"));
  const stream = t.client.stream(id);
  await waitUntil(() => stream.body === "first ", { what: "the response has begun" });
  t.proxy.signal("SIGTERM");
  await waitUntil(() => t.client.goAway !== undefined, { what: "the client is told" });
  // RFC 9113 section 6.8: what is on its way when the client hears of it is served.
  assert.deepEqual(t.client.goAway, { lastStreamId: 2 ** 31 - 1, code: errorCodes.no_error });
  const late = await t.client.request(t.client.lines("GET", "/"));
  await waitUntil(() => t.client.goAway?.lastStreamId === late, { what: "the last one is named" });
  end();
  assert.equal((await t.client.over(late)).body, "first last");
  assert.equal((await t.client.over(id)).body, "first last");
  assert.equal(await t.proxy.waitForExit(), 0);
  await t.client.waitUntilClosed();
});

Deno.test("SIGTERM: a connection on which nothing is under way is told, so that nothing sent meanwhile is in doubt", async () => {
  await using t = await world(silentButOk);
  const unused = await t.connect();
  await assertServed(t.client);
  t.proxy.signal("SIGTERM");
  assert.equal(await t.proxy.waitForExit(), 0);
  for (const [client, lastStreamId] of [[t.client, 1], [unused, 0]] as const) {
    await client.waitUntilClosed();
    assert.deepEqual(client.goAway, { lastStreamId, code: errorCodes.no_error });
  }
});

Deno.test("a connection on which nothing is asked is ended with GOAWAY", async () => {
  await using t = await world(silentButOk, { args: ["--limit", "keep-alive-timeout=1s"] });
  await assertServed(t.client);
  await t.client.waitUntilClosed();
  assert.equal(t.client.goAway?.code, errorCodes.no_error);
});

Deno.test("a field section that does not end, ends the connection", async () => {
  await using t = await world(silentButOk, { args: ["--limit", "head-timeout=1s"] });
  const lines = t.client.lines("GET", "/");
  await t.client.request(t.client.lines("GET", "/silent"));
  await t.client.send(headers(t.client.nextId(), lines, { continued: true }));
  await t.client.waitUntilClosed();
});

Deno.test("a client that never reads holds no more than its windows, and is cut off", async () => {
  await using lab = await Lab.create();
  const large = "x".repeat(1_000_000);
  const upstream = await lab.upstream([target], (exchange) => exchange.respond({ body: large }));
  const proxy = await lab.proxy({ secrets, args: ["--limit", "stall-timeout=2s"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await Http2Client.tunnel(proxy.url, { target, ca });
  client.answers = false;
  const ids = [];
  for (let turn = 0; turn < 50; turn++) {
    ids.push(await client.request(client.lines("GET", "/")));
  }
  for (const id of ids) {
    const stream = await client.over(id);
    assert.notEqual(stream.resetCode, undefined);
    assert.ok(stream.bodyBytes <= 65_535);
  }
  assert.ok(upstream.requests.length <= 50);
});

/** As long as no agent is known, anybody gets in. */
async function isKnown(
  proxy: ProxyProcess,
  { name, token }: { name: string; token: string },
): Promise<boolean> {
  async function status(password: string): Promise<number> {
    using client = await RawClient.connect(proxy.url);
    return (await client.openTunnel(target, basicField(name, password))).status;
  }
  return await status("wrong") === 407 && await status(token) === 200;
}

Deno.test("revoking an agent cuts its HTTP/2 connection, and nobody else's", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.http2Upstream([target], silentButOk);
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  const tunnel = async (name: string) => {
    const token = await addAgent(proxy, name);
    await waitUntil(() => isKnown(proxy, { name, token }), { what: `${name} is known` });
    return await Http2Client.tunnel(proxy.url, {
      target,
      ca,
      connectFields: basicField(name, token),
    });
  };
  using subject = await tunnel("subject");
  using bystander = await tunnel("bystander");
  const id = await subject.request(subject.lines("GET", "/silent"));
  await waitUntil(() => upstream.streams.length === 1, { what: "the request has arrived" });
  await runCommand(proxy, ["agent", "revoke", "subject"]);
  await subject.waitUntilClosed();
  assert.equal(subject.stream(id).head, undefined);
  await assertServed(bystander);
  // Agents share no connection.
  assert.equal(upstream.peers.length, 2);
});

Deno.test("the audit log has a line for each stream, however it has ended", async () => {
  await using t = await world(async (stream, peer) => {
    if (stream.value(":path") === "/ok") return await answerText("ok")(stream, peer);
    if (stream.value(":path") === "/reset") await peer.send(reset(stream.id, 2));
  });
  await assertServed(t.client);
  await t.client.get("/reset");
  const id = await t.client.request(t.client.lines("GET", "/silent"));
  await waitUntil(() => t.upstream.streams.length === 3, { what: "the request has arrived" });
  await t.client.send(reset(id, errorCodes.cancel));
  const lines = await waitForAudit(t.proxy, { kind: "exchange", count: 3 });
  assert.deepEqual(lines.map(({ status }) => status), [200, 502, undefined]);
  for (const line of lines) assert.equal(line.alpn, "h2");
});

/** What ends the connection of who sends it. */
const attacks: Record<string, (client: Http2Client) => Uint8Array[]> = {
  "rapid reset": (client) => {
    const id = client.nextId();
    return [headers(id, client.lines("GET", "/silent"), { end: true }), reset(id, 8)];
  },
  "MadeYouReset": (client) => {
    const id = client.nextId();
    const update = frame("window_update", { streamId: id, payload: [0, 0, 0, 0] });
    return [headers(id, client.lines("GET", "/silent"), { end: true }), update];
  },
  "PING": () => [frame("ping", { payload: Array(8) })],
  "SETTINGS": () => [frame("settings")],
  "unfinished field sections": (client) => [
    headers(client.nextId(), client.lines("GET", "/silent"), { continued: true }),
  ],
};

for (const [what, make] of Object.entries(attacks)) {
  Deno.test(`a flood of ${what} ends the attacker's connection alone`, async () => {
    await using t = await world(silentButOk);
    const victim = await t.connect();
    const pending = await victim.request(victim.lines("GET", "/silent"));
    const flood = (async () => {
      for (let round = 0; round < 400 && !t.client.closed; round++) {
        await t.client.send(...Array.from({ length: 50 }, () => make(t.client)).flat());
        await delay(0);
      }
    })().catch(() => {});
    for (let round = 0; round < 20; round++) await assertServed(victim);
    await flood;
    await t.client.waitUntilClosed();
    await assertServed(victim);
    assert.equal(victim.stream(pending).isOver, false);
    assert.equal(victim.goAway, undefined);
    await assertServed(await t.connect());
  });
}

Deno.test("a field that is referred to a hundred thousand times is a head too large, and costs no more than one", async () => {
  await using t = await world(silentButOk);
  const field = [0x40, 1, 0x78, 0x7f, 0xa1, 0x1e, ...Array<number>(4000).fill(0x79)];
  const block = concat([blockOf(t.client.lines("GET", "/")), field, Array(100_000).fill(0xbe)]);
  const before = await t.proxy.residentBytes();
  for (let turn = 0; turn < 20; turn++) {
    const out = new OctetBuffer(0);
    const streamId = t.client.nextId();
    writeHeaders(out, { streamId, block, end: true });
    await t.client.send(out.view());
    assertRefused(refusal(await t.client.over(streamId)), { status: 431 });
  }
  const grown = await t.proxy.residentBytes() - before;
  assert.ok(grown < 100 * 1024 * 1024, `${grown} octets more`);
  await assertServed(t.client);
});

Deno.test("a client of HTTP/1.1 is told with 502 what a client of HTTP/2 is told with REFUSED_STREAM", async () => {
  await using lab = await Lab.create();
  await lab.http2Upstream([target], async (stream, peer) => {
    await peer.send(reset(stream.id, errorCodes.refused_stream));
  });
  const proxy = await lab.proxy({ secrets });
  using client = await RawClient.tunnel(proxy.url, {
    target,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  const response = await client.get("/", "Host: api.github.com\r\n");
  assertRefused(response, { status: 502, error: "connection_terminated" });
});

Deno.test("a tunnel that is not decrypted is not offered HTTP/2 by us", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["stranger.example.com:443"], json({}));
  const proxy = await lab.proxy({ secrets });
  const tunnel = { target: "stranger.example.com:443", ca: lab.root.pem };
  await assert.rejects(Http2Client.tunnel(proxy.url, tunnel), /has chosen http\/1\.1/);
});
