/** The contract: a message of HTTP/1.1 becomes a field section with nothing of HTTP/1.1 in it. */

import assert from "node:assert/strict";
import { parseRequestHead, parseResponseHead } from "../../../src/wire/http1_head.ts";
import {
  writeRequestSection,
  writeResponseSection,
  writeTrailerSection,
} from "../../../src/wire/http2/from_http1.ts";
import type { HeaderField } from "../../../src/wire/http2/header_field.ts";
import { HpackDecoder } from "../../../src/wire/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../../src/wire/http2/hpack_encoder.ts";
import { encodeLatin1 } from "../../../src/wire/octets.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";

const limits = { maxBytes: 100_000, maxFieldLines: 100 };

function written(
  write: (out: OctetBuffer, encoder: HpackEncoder) => void,
): readonly HeaderField[] {
  const out = new OctetBuffer(0);
  write(out, new HpackEncoder());
  const decoder = new HpackDecoder({ maxTableSize: 4096, maxListSize: 100_000 });
  return decoder.decode(out.view()).fields;
}

function request(text: string): string[] {
  const octets = encodeLatin1(text);
  const head = parseRequestHead(octets, octets.length, limits);
  const fields = written((out, encoder) => writeRequestSection(out, head, encoder));
  return fields.map(({ name, value }) => `${name}: ${value}`);
}

Deno.test("writeRequestSection() puts pseudo-header fields first and names in lower case", () => {
  assert.deepEqual(
    request(
      "POST /a?b HTTP/1.1\r\nX-First: 1\r\nHost: api.test:8443\r\nContent-Length: 2\r\n" +
        "Authorization: Bearer x\r\n\r\n",
    ),
    [
      ":method: POST",
      ":scheme: https",
      ":authority: api.test:8443",
      ":path: /a?b",
      "x-first: 1",
      "content-length: 2",
      "authorization: Bearer x",
    ],
  );
});

Deno.test("writeRequestSection() leaves out what is HTTP/1.1's, but TE: trailers (RFC 9113 section 8.2.2)", () => {
  const text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: te, close\r\nTE: trailers, deflate\r\n" +
    "Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nTransfer-Encoding: chunked\r\n" +
    "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n";
  const pseudo = [":method: GET", ":scheme: https", ":authority: a", ":path: /"];
  assert.deepEqual(request(text), [...pseudo, "te: trailers"]);
  assert.deepEqual(request("GET / HTTP/1.1\r\nHost: a\r\nTE: gzip\r\n\r\n"), pseudo);
});

Deno.test("writeRequestSection() has every field and the path never indexed (RFC 7541 section 6.2.3)", () => {
  const octets = encodeLatin1("GET /?token=x HTTP/1.1\r\nHost: a\r\nCookie: b\r\nX: y\r\n\r\n");
  const head = parseRequestHead(octets, octets.length, limits);
  const fields = written((out, encoder) => writeRequestSection(out, head, encoder));
  for (const name of [":path", "cookie", "x"]) {
    assert.equal(fields.find((field) => field.name === name)?.sensitive, true, name);
  }
});

Deno.test("writeResponseSection() writes the status and leaves the reason and HTTP/1.1's fields out", () => {
  const octets = encodeLatin1(
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" +
      "Set-Cookie: a\r\nSet-Cookie: b\r\nHost: odd\r\n\r\n",
  );
  const head = parseResponseHead(octets, octets.length, limits);
  const fields = written((out, encoder) => writeResponseSection(out, head, encoder));
  assert.deepEqual(fields.map(({ name, value }) => `${name}: ${value}`), [
    ":status: 404",
    "set-cookie: a",
    "set-cookie: b",
    "host: odd",
  ]);
});

Deno.test("writeTrailerSection() writes field lines alone", () => {
  const octets = encodeLatin1("HTTP/1.1 200 \r\nGrpc-Status: 0\r\nConnection: x\r\n\r\n");
  const { fields } = parseResponseHead(octets, octets.length, limits);
  const trailers = written((out, encoder) => writeTrailerSection(out, fields, encoder));
  assert.deepEqual(trailers.map(({ name, value }) => [name, value]), [["grpc-status", "0"]]);
});
