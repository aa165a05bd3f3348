import assert from "node:assert/strict";
import { type FramePart, WebSocketFrameReader } from "../../src/wire/websocket_frames.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const encoder = new TextEncoder();
const mask = [1, 2, 3, 4];

/** The lengths of the frames that a client has sent, which arrive `size` octets at a time. */
function lengths(octets: Uint8Array, size: number): number[] {
  const reader = new WebSocketFrameReader("client");
  const parts: FramePart[] = [];
  for (let at = 0; at < octets.length; at += size) {
    reader.read(octets.subarray(at, at + size), parts);
  }
  return parts.flatMap((part) => part.kind === "header" ? [part.header.length] : []);
}

Deno.test("WebSocketFrameReader reads what a client sends, whatever pieces it arrives in", () => {
  const octets = Uint8Array.from([
    ...[0x82, 0x80, ...mask],
    ...[0x82, 0x80 + 125, ...mask, ...new Uint8Array(125)],
    ...[0x02, 0x80 + 126, 0, 200, ...mask, ...new Uint8Array(200)],
    ...[0x80, 0x80 + 127, 0, 0, 0, 0, 0, 1, 0, 0, ...mask, ...new Uint8Array(65_536)],
    ...[0x89, 0x81, ...mask, 0],
  ]);
  for (const size of [1, 7, 1 << 20]) {
    assert.deepEqual(lengths(octets, size), [0, 125, 200, 65_536, 1]);
  }
});

Deno.test("WebSocketFrameReader takes nothing else from a client", () => {
  const cases: readonly (readonly number[])[] = [
    [0x82, 0x01, 0x00],
    [0xc2, 0x80, ...mask],
    [0x82, 0x80 + 126, 0, 125, ...mask],
    [0x80, 0x80, ...mask],
    [...encoder.encode("GET / HTTP/1.1\r\n")],
    [...encoder.encode("POST / HTTP/1.1\r\n")],
    [...encoder.encode("\r\nGET / HTTP/1.1\r\n")],
    [...encoder.encode("PRI * HTTP/2.0\r\n")],
  ];
  for (const octets of cases) {
    assert.throws(() => lengths(Uint8Array.from(octets), 100), WireError, String(octets));
  }
});

Deno.test("WebSocketFrameReader takes reserved bits where an extension was agreed upon, and no more", () => {
  const compressed = new Uint8Array([0xc1, 0x80, 1, 2, 3, 4]);
  assert.throws(() => new WebSocketFrameReader("client").read(compressed, []), WireError);
  new WebSocketFrameReader("client", { extended: true }).read(compressed, []);
  for (const text of ["GET / HTTP/1.1\r\n", "POST /x HTTP/1.1\r\n"]) {
    const reader = new WebSocketFrameReader("client", { extended: true });
    assert.throws(() => reader.read(new TextEncoder().encode(text), []), WireError);
  }
});
