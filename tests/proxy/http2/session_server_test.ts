/**
 * The contract: towards a client, what it sends costs us no more than it may, and what is wrong with
 * one stream never ends another (RFC 9113 sections 5.1, 5.4, 6 and 10.5).
 */

import assert from "node:assert/strict";
import { WindowReserve } from "../../../src/proxy/http2/receive_window.ts";
import { settings as settingIds } from "../../../src/wire/http2/frames.ts";
import { errorCodes, StreamError } from "../../../src/wire/http2/http2_error.ts";
import { encodeLatin1 } from "../../../src/wire/octets.ts";
import {
  data,
  type Frame,
  frame,
  goAway,
  headers,
  type Line,
  ping,
  readUint32,
  reset,
  settings,
  uint32,
  windowUpdate,
} from "../../support/http2_frames.ts";
import { SessionBench, settled } from "../../support/session_bench.ts";

const get: readonly Line[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "api.test"],
  [":path", "/"],
];
const post: readonly Line[] = [[":method", "POST"], ...get.slice(1)];
const ok = encodeLatin1("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

function codeOf(frame: Frame | undefined, at = 0): number | undefined {
  return frame === undefined ? undefined : readUint32(frame.payload, at);
}

/** The error code of the GOAWAY that ends what was written. */
async function lastWord(bench: SessionBench): Promise<number | undefined> {
  await settled();
  return codeOf(bench.frames().findLast(({ type }) => type === "goaway"), 4);
}

Deno.test("Http2Session serves a request, and forgets it", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, get, { end: true }));
  const [stream] = bench.streams;
  await stream?.write(ok);
  stream?.close();
  await settled();
  const [head, body, ...more] = bench.frames();
  assert.deepEqual([head?.type, head?.streamId, head?.flags], ["headers", 1, 0x4]);
  assert.deepEqual([body?.type, body?.flags, more.length], ["data", 0x1, 0]);
  assert.equal(bench.session.size, 0);
});

Deno.test("Http2Session says that a stream is over which it could not finish", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(
    settings([[settingIds.initial_window_size, 1]]),
    headers(1, get, { end: true }),
  );
  const [stream] = bench.streams;
  const writing = stream?.write(ok);
  await settled();
  bench.frames();
  stream?.close();
  await assert.rejects(Promise.resolve(writing));
  await settled();
  const [rst] = bench.frames();
  assert.equal(rst?.type, "rst_stream");
  assert.notEqual(codeOf(rst), errorCodes.no_error);
});

Deno.test("ServerStream never ends a response that is cut with NO_ERROR: it could be taken for the whole", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, get, { end: true }));
  const [stream] = bench.streams;
  await stream?.write(encodeLatin1("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"));
  stream?.abort(new StreamError(errorCodes.no_error, "the service says so"));
  await settled();
  const rst = bench.frames().at(-1);
  assert.equal(codeOf(rst), errorCodes.internal_error);
});

Deno.test("Http2Session answers what is no request's end with NO_ERROR (RFC 9113 section 8.1)", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, post), data(1, "abc"));
  const [stream] = bench.streams;
  await stream?.write(ok);
  stream?.close();
  await settled();
  const rst = bench.frames().at(-1);
  assert.deepEqual([rst?.type, codeOf(rst)], ["rst_stream", errorCodes.no_error]);
});

Deno.test("Http2Session gives memory that grew for a stream back, though the rest of it is read later", async () => {
  const reserve = new WindowReserve(64 * 1024);
  const bench = await SessionBench.open({ role: "server", reserve });
  await bench.send(headers(1, post), ...Array(3).fill(data(1, new Uint8Array(16_384))));
  const [stream] = bench.streams;
  stream?.close();
  while (await stream?.read().catch(() => null));
  assert.equal(reserve.take(64 * 1024), true);
});

Deno.test("Http2Session refuses more streams than it has allowed with REFUSED_STREAM, and goes on", async () => {
  const bench = await SessionBench.open({ role: "server", maxStreams: 2 });
  await bench.send(...[1, 3, 5].map((id) => headers(id, get, { end: true })));
  const [rst, ...more] = bench.frames();
  assert.deepEqual([rst?.type, rst?.streamId, more.length], ["rst_stream", 5, 0]);
  assert.equal(codeOf(rst), errorCodes.refused_stream);
  bench.streams[0]?.close();
  await bench.send(headers(7, get, { end: true }));
  assert.equal(bench.streams.length, 3);
});

Deno.test("Http2Session counts a stream that its client has reset until its exchange is over", async () => {
  const bench = await SessionBench.open({ role: "server", maxStreams: 1 });
  await bench.send(headers(1, get, { end: true }), reset(1, errorCodes.cancel));
  await bench.send(headers(3, get, { end: true }));
  assert.equal(bench.streams.length, 1);
  assert.equal(bench.streams[0]?.ended, true);
  bench.streams[0]?.close();
  assert.equal(bench.session.size, 0);
});

/** What costs us something and moves nothing, many times over. */
const floods: Record<string, (turn: number) => Uint8Array[]> = {
  "rapid reset (CVE-2023-44487)": (turn) => [
    headers(2 * turn + 3, get, { end: true }),
    reset(2 * turn + 3, errorCodes.cancel),
  ],
  "MadeYouReset by WINDOW_UPDATE of 0 (CVE-2025-8671)": (turn) => [
    headers(2 * turn + 3, get, { end: true }),
    windowUpdate(2 * turn + 3, 0),
  ],
  "MadeYouReset by a window beyond 2^31 - 1": (turn) => [
    headers(2 * turn + 3, get, { end: true }),
    windowUpdate(2 * turn + 3, 2 ** 31 - 1),
  ],
  "MadeYouReset by DATA after the end": (turn) => [
    headers(2 * turn + 3, get, { end: true }),
    data(2 * turn + 3, "x"),
  ],
  "MadeYouReset by HEADERS after the end": (turn) => [
    headers(2 * turn + 3, get, { end: true }),
    headers(2 * turn + 3, get, { end: true }),
  ],
  "MadeYouReset by a second head": (turn) => [
    headers(2 * turn + 3, post),
    headers(2 * turn + 3, get),
  ],
  "MadeYouReset by content beyond its length": (turn) => [
    headers(2 * turn + 3, [...post, ["content-length", "1"]]),
    data(2 * turn + 3, "xy"),
  ],
  "PING (CVE-2019-9512)": () => [ping()],
  "answers to PINGs that were not asked": () => [frame("ping", { flags: 1, payload: Array(8) })],
  "empty SETTINGS (CVE-2019-9515)": () => [settings([])],
  "SETTINGS of many values": () => [
    settings(Array.from({ length: 1000 }, (_, at) => [settingIds.initial_window_size, at % 2])),
  ],
  "SETTINGS of many unknown values": () => [settings(Array(2000).fill([0xfff0, 1]))],
  "acknowledgements of SETTINGS": () => [frame("settings", { flags: 1 })],
  "empty DATA (CVE-2019-9518)": () => [data(1, "")],
  "DATA that is padding alone": () => [
    frame("data", { streamId: 1, flags: 0x8, payload: [1, 0] }),
  ],
  "PRIORITY (CVE-2019-9513)": () => [
    frame("priority", { streamId: 1, payload: [0, 0, 0, 0, 1] }),
  ],
  "unknown frames": () => [frame(0xbb, { streamId: 1, payload: [1, 2, 3] })],
  "WINDOW_UPDATE by 1 on the connection (CVE-2019-9511)": () => [windowUpdate(0, 1)],
  "WINDOW_UPDATE by 1 on a stream (CVE-2019-9511)": () => [windowUpdate(1, 1)],
  "WINDOW_UPDATE on a closed stream": () => [windowUpdate(1, 100_000)],
  "RST_STREAM on a closed stream": () => [reset(1, 0)],
  "HEADERS on a closed stream": () => [headers(1, get, { end: true })],
};

for (const [what, make] of Object.entries(floods)) {
  Deno.test(`Http2Session ends a connection with a flood of ${what}`, async () => {
    const bench = await SessionBench.open({ role: "server" });
    await bench.send(headers(1, post));
    if (what.includes("closed")) bench.streams[0]?.close();
    let turns = 0;
    let octets = 0;
    while (!bench.io.closed && turns < 10_000) {
      await bench.send(...Array.from({ length: 50 }, () => make(turns++)).flat());
      for (const stream of bench.streams.slice(1)) if (stream.ended) stream.close();
      octets = Math.max(octets, ...bench.io.written.map(({ length }) => length));
    }
    const most = what.includes("many") ? 100 : 4100;
    assert.ok(turns <= most, `it took ${turns}`);
    assert.ok(octets < 100_000, `${octets} octets waited to be written`);
    assert.equal(await lastWord(bench), errorCodes.enhance_your_calm);
    for (const stream of bench.streams) stream.close();
    assert.equal(bench.session.size, 0);
    await bench.running;
  });
}

Deno.test("Http2Session bounds what waits to be written to a peer that never reads", async () => {
  const bench = await SessionBench.open({ role: "server" });
  bench.io.stuck = true;
  await bench.send(
    ...Array.from({ length: 100 }, (_, at) => headers(2 * at + 1, get, { end: true })),
  );
  const large = encodeLatin1(
    `HTTP/1.1 200 OK\r\nX: ${"x".repeat(60_000)}\r\nContent-Length: 100000\r\n\r\n${
      "y".repeat(100_000)
    }`,
  );
  const writing = bench.streams.map((stream) => stream.write(large).catch(() => {}));
  await settled();
  assert.equal(bench.io.closed, false);
  bench.io.unstick();
  await settled();
  const heads = bench.frames().filter(({ type }) => type === "headers");
  assert.equal(heads.length, 100);
  const most = Math.max(...bench.io.written.map(({ length }) => length));
  assert.ok(most < 256 * 1024, `${most} octets were written at once`);
  bench.session.close();
  await Promise.all(writing);
});

Deno.test("Http2Session lets a peer open its window by little where little has been sent", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, post));
  const [stream] = bench.streams;
  await stream?.write(encodeLatin1("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (let event = 0; event < 10_000; event++) {
    await stream?.write(encodeLatin1("5\r\nhello\r\n"));
    await bench.send(windowUpdate(0, 5), windowUpdate(1, 5));
  }
  assert.equal(bench.io.closed, false);
});

Deno.test("Http2Session sends no endless drizzle to a peer that opens its window octet by octet", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(settings([[settingIds.initial_window_size, 0]]), headers(1, post));
  const [stream] = bench.streams;
  const body = "x".repeat(50_000);
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n";
  const writing = stream?.write(encodeLatin1(head + body)).catch(() => {});
  let frames = 0;
  while (!bench.io.closed && frames < 10_000) {
    await bench.send(windowUpdate(1, 1));
    frames++;
  }
  assert.ok(frames <= 4100, `${frames} frames of an octet`);
  stream?.close();
  await writing;
});

/** What ends the connection, with its code. */
const connectionErrors: Record<string, { frames: Uint8Array[]; code: keyof typeof errorCodes }> = {
  "WINDOW_UPDATE of 0": { frames: [windowUpdate(0, 0)], code: "protocol_error" },
  "a connection window beyond 2^31 - 1": {
    frames: [windowUpdate(0, 2 ** 31 - 1)],
    code: "flow_control_error",
  },
  "an initial window beyond 2^31 - 1": {
    frames: [settings([[settingIds.initial_window_size, 2 ** 31]])],
    code: "flow_control_error",
  },
  "an initial window that opens a stream's beyond 2^31 - 1": {
    frames: [
      windowUpdate(1, 2 ** 31 - 1 - 65_535),
      settings([[settingIds.initial_window_size, 65_536]]),
    ],
    code: "flow_control_error",
  },
  "a frame size that is too small": {
    frames: [settings([[settingIds.max_frame_size, 16_383]])],
    code: "protocol_error",
  },
  "ENABLE_PUSH of 2": {
    frames: [settings([[settingIds.enable_push, 2]])],
    code: "protocol_error",
  },
  "a stream with an even number": { frames: [headers(2, get)], code: "protocol_error" },
  "DATA on a stream that was never opened": { frames: [data(5, "x")], code: "protocol_error" },
  "RST_STREAM on a stream that was never opened": {
    frames: [reset(5, 0)],
    code: "protocol_error",
  },
  "WINDOW_UPDATE on a stream that was never opened": {
    frames: [windowUpdate(5, 1)],
    code: "protocol_error",
  },
  "PUSH_PROMISE": {
    frames: [frame("push_promise", { streamId: 1, flags: 4, payload: uint32(2) })],
    code: "protocol_error",
  },
  "a header block that is none": {
    frames: [frame("headers", { streamId: 3, flags: 5, payload: [0xff, 0xff, 0xff, 0xff, 0xff] })],
    code: "compression_error",
  },
  "a field section that is interrupted": {
    frames: [headers(3, get, { continued: true }), ping()],
    code: "protocol_error",
  },
  "a field section without end (CVE-2024-27316)": {
    frames: [
      headers(3, get, { continued: true }),
      ...Array(100).fill(frame("continuation", { streamId: 3, payload: new Uint8Array(4) })),
    ],
    code: "enhance_your_calm",
  },
};

for (const [what, { frames, code }] of Object.entries(connectionErrors)) {
  Deno.test(`Http2Session ends the connection with ${code.toUpperCase()} after ${what}`, async () => {
    const bench = await SessionBench.open({ role: "server" });
    await bench.send(headers(1, post));
    bench.frames();
    await bench.send(...frames);
    assert.equal(await lastWord(bench), errorCodes[code]);
    await bench.running;
    assert.equal(bench.io.closed, true);
    for (const stream of bench.streams) stream.close();
    assert.equal(bench.session.size, 0);
  });
}

Deno.test("Http2Session ends the connection before its run is over, and not before its last word", async () => {
  const bench = await SessionBench.open({ role: "server" });
  bench.io.stuck = true;
  await bench.send(ping(), windowUpdate(0, 0));
  let over = false;
  void bench.running.then(() => over = true);
  await settled();
  assert.equal(over, false);
  bench.io.unstick();
  await bench.running;
  assert.equal(bench.io.closed, true);
  assert.equal(codeOf(bench.frames().at(-1), 4), errorCodes.protocol_error);
});

/** What ends one stream, with its code. */
const streamErrors: Record<string, { frames: Uint8Array[]; code: keyof typeof errorCodes }> = {
  "WINDOW_UPDATE of 0": { frames: [windowUpdate(3, 0)], code: "protocol_error" },
  "a window beyond 2^31 - 1": {
    frames: [windowUpdate(3, 2 ** 31 - 1)],
    code: "flow_control_error",
  },
  "more DATA than its window allows": {
    frames: Array(5).fill(data(3, new Uint8Array(16_384))),
    code: "flow_control_error",
  },
  "DATA after its end": {
    frames: [data(3, "", { end: true }), data(3, "x")],
    code: "stream_closed",
  },
  "HEADERS after its end": {
    frames: [data(3, "", { end: true }), headers(3, [["x", "y"]], { end: true })],
    code: "stream_closed",
  },
  "trailers that do not end it": { frames: [headers(3, [["x", "y"]])], code: "protocol_error" },
  "trailers with a pseudo-header field": {
    frames: [headers(3, [[":path", "/"]], { end: true })],
    code: "protocol_error",
  },
};

for (const [what, { frames, code }] of Object.entries(streamErrors)) {
  Deno.test(`Http2Session ends a stream alone with ${code.toUpperCase()} after ${what}`, async () => {
    const bench = await SessionBench.open({ role: "server" });
    await bench.send(headers(1, get, { end: true }), headers(3, post));
    bench.frames();
    await bench.send(...frames);
    const [rst, ...more] = bench.frames();
    assert.deepEqual([rst?.type, rst?.streamId, more.length], ["rst_stream", 3, 0]);
    assert.equal(codeOf(rst), errorCodes[code]);
    assert.equal(bench.streams[1]?.ended, true);
    assert.equal(bench.streams[0]?.ended, false);
    bench.streams[1]?.close();
    await bench.streams[0]?.write(ok);
    await settled();
    assert.deepEqual(bench.frames().map(({ type }) => type), ["headers", "data"]);
  });
}

Deno.test("Http2Session never says of a stream that it was processed which it ignored after GOAWAY", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, get, { end: true }));
  bench.session.goAway();
  await bench.send(headers(3, get, { end: true }), windowUpdate(0, 0));
  await settled();
  const last = bench.frames().filter(({ type }) => type === "goaway").map((each) => codeOf(each));
  // RFC 9113 section 6.8: the number must not increase.
  assert.deepEqual(last, [1, 1]);
  assert.equal(bench.streams.length, 1);
});

Deno.test("Http2Session finishes what is under way after GOAWAY of either side, and ends", async () => {
  for (const who of ["client", "server"]) {
    const bench = await SessionBench.open({ role: "server" });
    await bench.send(headers(1, get, { end: true }));
    if (who === "server") bench.session.goAway();
    else await bench.send(goAway(0, 0));
    await settled();
    assert.equal(bench.io.closed, false);
    await bench.streams[0]?.write(ok);
    bench.streams[0]?.close();
    await bench.running;
    assert.equal(bench.io.closed, true);
    assert.equal(bench.frames().at(-1)?.type, "data");
  }
});

Deno.test("Http2Session lets no stream's reader that stands still hold back another's", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, post), headers(3, post));
  await bench.send(...Array(3).fill(data(1, new Uint8Array(16_384))));
  for (let round = 0; round < 400; round++) {
    await bench.send(...Array(3).fill(data(3, new Uint8Array(16_384))));
    assert.ok(await bench.streams[1]?.read());
  }
  assert.equal(bench.io.closed, false);
  assert.equal(bench.streams[1]?.ended, false);
});

Deno.test("Http2Session holds what arrives in small frames in little more memory than its octets", async () => {
  const bench = await SessionBench.open({ role: "server" });
  await bench.send(headers(1, post));
  await bench.send(...Array.from({ length: 30_000 }, () => data(1, "x")));
  const octets = await bench.streams[0]?.read();
  assert.ok((octets?.length ?? 0) < 40_000, `${octets?.length} octets for 30,000`);
});
