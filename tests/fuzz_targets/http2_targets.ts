/**
 * What holds for HTTP/2: frames are the same in whatever pieces they come, whatever field section is
 * taken is exactly one message of HTTP/1.1, and a session survives whatever its peer sends.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { requestFraming, responseFraming } from "../../src/wire/framing.ts";
import { findHeadEnd, parseRequestHead, parseResponseHead } from "../../src/wire/http1_head.ts";
import { FrameReader } from "../../src/wire/http2/frame_reader.ts";
import { frameTypes } from "../../src/wire/http2/frames.ts";
import type { HeaderField } from "../../src/wire/http2/header_field.ts";
import { ConnectionError } from "../../src/wire/http2/http2_error.ts";
import {
  type Content,
  writeRequestHead,
  writeResponseHead,
} from "../../src/wire/http2/to_http1.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { block, concat, frame, type Line, settings } from "../support/http2_frames.ts";
import { RecordingHandler } from "../support/recording_handler.ts";
import { SessionBench, settled } from "../support/session_bench.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";

const limits = { maxBytes: 1_000_000, maxFieldLines: 1000 };

/** Pieces of which requests are smuggled. */
const hostilePiece = fc.constantFrom(
  ..."\r \n \t \0 : , ; / ? # @ % = \x7f \x80 \xff a A 0 1 * _ -".split(" "),
  " ",
  "\r\n",
  "\r\n\r\n",
  "GET / HTTP/1.1",
  "host: evil.com",
  "transfer-encoding",
  "content-length",
  "chunked",
  "https://",
);
const hostile = fc.array(hostilePiece, { maxLength: 4 }).map((pieces) => pieces.join(""));
const mostly = (usual: string) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: hostile });
const name = fc.oneof(
  fc.constantFrom(
    ...["host", "content-length", "transfer-encoding", "te", "cookie", "connection", "x", "expect"],
    ...["upgrade", ":path", ":method", ":authority", ":scheme", ":status", ":protocol", "trailer"],
  ),
  hostile,
);
const value = fc.oneof(
  fc.constantFrom("api.test", "0", "5", "chunked", "trailers", "close", "", "a=b"),
  hostile,
);
const someFields = fc.array(fc.record({ name, value, sensitive: fc.boolean() }), { maxLength: 5 });

function request(
  parts: { method: string; scheme: string; authority: string; path: string },
  fields: readonly HeaderField[],
): HeaderField[] {
  const pseudo: Line[] = [
    [":method", parts.method],
    [":scheme", parts.scheme],
    [":authority", parts.authority],
    [":path", parts.path],
  ];
  return [...pseudo.map(([name, value]) => ({ name, value, sensitive: false })), ...fields];
}

const requestFields = fc.tuple(
  fc.record({
    method: mostly("POST"),
    scheme: mostly("https"),
    authority: mostly("api.test"),
    path: mostly("/a?b"),
  }),
  someFields,
).map(([parts, fields]) => request(parts, fields));

/** @throws whatever is not the refusal of a malformed message. */
function orRefused<T>(write: () => T): T | undefined {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

function assertFraming(framing: { kind: string; length?: number }, content: Content): void {
  if (content.kind === "length" && content.length === 0) assert.equal(framing.kind, "none");
  else assert.deepEqual(framing, content);
}

const oneRequest = fuzzTarget("http2-request-is-one-message", {
  values: fc.tuple(requestFields, fc.boolean()),
  hold: ([fields, end]) => {
    const out = new OctetBuffer(0);
    const content = orRefused(() => writeRequestHead(out, fields, { end }));
    if (content === undefined) return;
    const octets = out.view();
    assert.equal(findHeadEnd(octets, 0, limits), octets.length, "the head ends where it ends");
    const head = parseRequestHead(octets, octets.length, limits);
    const named = new Map(fields.map(({ name, value }) => [name, value]));
    assert.equal(head.method, named.get(":method"));
    assert.equal(head.target, named.get(":path"));
    assert.deepEqual(head.fields.getAll("host"), [named.get(":authority") ?? named.get("host")]);
    assertFraming(requestFraming(head), content);
    if (end) assert.equal(content.kind, "none");
    const ours = new Set(["host", "content-length", "transfer-encoding", "connection", "te"]);
    for (let line = 0; line < head.fields.size; line++) {
      const name = head.fields.name(line);
      if (ours.has(name)) continue;
      assert.ok(named.has(name), `${name} has come from nowhere`);
      if (name !== "cookie") {
        const values = fields.filter((field) => field.name === name).map(({ value }) => value);
        assert.deepEqual(head.fields.getAll(name), values);
      }
    }
  },
});

const oneResponse = fuzzTarget("http2-response-is-one-message", {
  values: fc.record({
    status: fc.oneof(fc.constantFrom("200", "204", "304", "103", "101", "500"), hostile),
    fields: someFields,
    method: fc.constantFrom("GET", "HEAD"),
    end: fc.boolean(),
  }),
  hold: ({ status, fields, method, end }) => {
    const out = new OctetBuffer(0);
    const all = [{ name: ":status", value: status, sensitive: false }, ...fields];
    const content = orRefused(() => writeResponseHead(out, all, { method, end }));
    if (content === undefined) return;
    const octets = out.view();
    assert.equal(findHeadEnd(octets, 0, limits), octets.length, "the head ends where it ends");
    const head = parseResponseHead(octets, octets.length, limits);
    assert.equal(String(head.status), status);
    const { interim, ...rest } = content;
    assert.equal(interim, head.status < 200);
    const framing = orRefused(() => responseFraming(method, head));
    if (framing !== undefined) assertFraming(framing, rest);
  },
});

const anyFrame = fc.record({
  type: fc.oneof(fc.constantFrom(...Object.values(frameTypes)), fc.nat({ max: 255 })),
  flags: fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x2d), fc.nat({ max: 255 })),
  streamId: fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 2, 0x7fffffff),
  payload: fc.oneof(
    fc.constantFrom(
      ...[[], [0, 0, 0, 0], [0, 0, 0, 8], [0, 0, 0, 1], [0x7f, 0xff, 0xff, 0xff]],
      ...[[0, 0, 0, 0, 0], [0, 4, 0, 0, 0, 0], [0, 4, 0, 0, 255, 255], [1, 2, 3, 4, 5, 6, 7, 8]],
    ),
    fc.array(fc.nat({ max: 255 }), { maxLength: 20 }),
    fc.constantFrom("GET", "POST").map((method) => [
      ...block([[":method", method], [":scheme", "https"], [":authority", "a"], [":path", "/"]]),
    ]),
    fc.constantFrom("200", "204", "103").map((status) => [...block([[":status", status]])]),
  ),
}).map(({ type, ...parts }) => frame(type, parts));

const inPieces = fuzzTarget("http2-frames-in-pieces", {
  values: fc.tuple(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.nat({ max: 40 }))),
  hold: ([frames, sizes]) => {
    const octets = concat([settings([]), ...frames]);
    function read(pieces: readonly number[]): { calls: string[]; failure: number | undefined } {
      const handler = new RecordingHandler();
      const reader = new FrameReader(handler, { maxSectionOctets: 60 });
      let failure: number | undefined;
      try {
        let at = 0;
        for (const size of [...pieces, octets.length]) {
          reader.push(octets.subarray(at, at + size));
          at = Math.min(octets.length, at + size);
        }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        failure = error.code;
      }
      return { calls: handler.calls, failure };
    }
    assert.deepEqual(read(sizes), read([]));
  },
});

/** What those do who use a session's streams. */
const deed = fc.constantFrom("read", "write", "close", "abort", "end", "nothing");

const survives = fuzzTarget("http2-session-survives", {
  values: fc.record({
    role: fc.constantFrom("server" as const, "client" as const),
    steps: fc.array(fc.tuple(fc.array(anyFrame, { maxLength: 4 }), deed, fc.nat({ max: 3 })), {
      maxLength: 10,
    }),
  }),
  hold: async ({ role, steps }) => {
    const bench = await SessionBench.open({ role, maxStreams: 2 });
    const streams = () => role === "server" ? bench.streams : ours;
    const ours = role === "client" ? [bench.newStream(), bench.newStream()] : [];
    const text = role === "server"
      ? "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
      : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
    const written = new Set<unknown>();
    const waits: Promise<unknown>[] = [];
    for (const [frames, what, which] of steps) {
      await bench.send(...frames);
      const stream = streams()[which];
      if (stream === undefined) continue;
      if (what === "read") waits.push(stream.read().catch(() => {}));
      if (what === "write" && !written.has(stream)) {
        written.add(stream);
        waits.push(stream.write(new TextEncoder().encode(text)).catch(() => {}));
      }
      if (what === "close") stream.close();
      if (what === "abort") stream.abort();
      if (what === "end") bench.session.goAway();
    }
    bench.io.end();
    await bench.running;
    await settled();
    for (const stream of streams()) {
      assert.equal(stream.ended, true);
      stream.close();
    }
    await Promise.all(waits);
    assert.equal(bench.session.size, 0);
    assert.equal(bench.io.closed, true);
  },
});

export const http2Targets: readonly FuzzTarget[] = [oneRequest, oneResponse, inPieces, survives];
