/**
 * What holds for responses: whatever an upstream sends, the client gets one well-formed message.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { writeChunk } from "../../src/proxy/chunk_writer.ts";
import { writeLastChunk, writeResponseHead } from "../../src/proxy/forward_head.ts";
import { BodyDecoder } from "../../src/wire/body_decoder.ts";
import { type Framing, responseFraming } from "../../src/wire/framing.ts";
import { findHeadEnd, parseResponseHead } from "../../src/wire/http1_head.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { readResponses } from "../hostile/reference_reader.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";
import { headLimits } from "./read_connection.ts";

const lines = fc.oneof(
  fc.stringMatching(/^[A-Za-z_-]{1,10}:[ \t]{0,2}[!-~]{0,12}$/),
  fc.constantFrom(
    ...("Connection: close|Connection: content-length|Connection: x-a, set-cookie|X-A: 1|Set-Cookie: a=b|" +
      "Alt-Svc: clear|Proxy-Status: x|Upgrade: h2c|Trailer: x|Content-Length: 5|Content-Length: 0|" +
      "Content-Length: 5, 5|Transfer-Encoding: chunked|Transfer-Encoding: gzip, chunked|X: a\rb|X: a\nb|" +
      " folded: x|X : a|X: \0|Keep-Alive: 1|TE: x").split("|"),
  ),
);
const responses = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST"),
  status: fc.constantFrom(
    "200",
    "200",
    "200",
    "204",
    "206",
    "304",
    "404",
    "500",
    "099",
    "600",
    "20x",
  ),
  version: fc.constantFrom("1.1", "1.1", "1.1", "1.0", "2.0"),
  reason: fc.constantFrom(" OK", " ", "", " a\xff", " a\rb", " a\0"),
  fields: fc.array(lines, { maxLength: 5 }),
  body: fc.oneof(
    fc.constantFrom(
      "",
      "hello",
      "5\r\nhello\r\n0\r\n\r\n",
      "0\r\nX-Sum: 1\r\nHost: x\r\n\r\n",
      "5;a\r\nhello\r\n0\r\n\r\n",
    ),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => String.fromCharCode(...bytes)),
  ),
}).map(({ method, status, version, reason, fields, body }) => ({
  method,
  text: `HTTP/${version} ${status}${reason}\r\n${
    fields.map((line) => `${line}\r\n`).join("")
  }\r\n${body}`,
}));

const relayedIsWellFormed = fuzzTarget("relayed-response-is-well-formed", {
  values: responses,
  hold: ({ method, text }) => {
    const relayed = relayInMemory(method, text);
    if (relayed === undefined) return;
    const { responses, end } = readResponses(relayed.text, { methods: [method], ended: false });
    assert.equal(end, relayed.text.length, `something is left over: ${relayed.text}`);
    assert.deepEqual(responses.map(({ body }) => body), [relayed.body]);
    const names = responses.flatMap(({ fields }) => fields.map(([name]) => name.toLowerCase()));
    for (const name of ["alt-svc", "proxy-status", "upgrade", "keep-alive", "te", "connection"]) {
      assert.ok(!names.includes(name), `${name} is passed on`);
    }
  },
});

/** What the client gets, and the body as we read it; undefined for what is refused or not whole. */
function relayInMemory(method: string, text: string): { text: string; body: string } | undefined {
  const bytes = encodeLatin1(text);
  try {
    const headEnd = findHeadEnd(bytes, 0, headLimits);
    if (headEnd < 0) return undefined;
    const head = parseResponseHead(bytes, headEnd, headLimits);
    const framing = responseFraming(method, head);
    const toClient: Framing = framing.kind === "close" ? { kind: "chunked" } : framing;
    const out = new OctetBuffer(256);
    writeResponseHead(out, {
      head,
      framing: toClient,
      connection: "keep",
      decoded: false,
      intercepted: true,
      protocol: "http/1.1",
    });
    const decoder = new BodyDecoder(framing, headLimits);
    const data: Uint8Array[] = [];
    decoder.decode(bytes.subarray(headEnd), data);
    decoder.end();
    if (toClient.kind === "chunked") {
      writeChunk(out, data);
      writeLastChunk(out, { trailers: decoder.trailers, named: [] });
    } else for (const piece of data) out.bytes(piece);
    const body = data.map((piece) => decodeLatin1(piece, 0, piece.length)).join("");
    return { text: decodeLatin1(out.view(), 0, out.length), body };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

export const responseTargets: readonly FuzzTarget[] = [relayedIsWellFormed];
