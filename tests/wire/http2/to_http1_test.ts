/**
 * The contract: what is written in the form of HTTP/1.1 is one message, with the fields that came and
 * no others; what could be more than that, or be read in two ways, is refused (RFC 9113 sections 8.2,
 * 8.3 and 10.3).
 */

import assert from "node:assert/strict";
import { requestFraming, responseFraming } from "../../../src/wire/framing.ts";
import { parseRequestHead, parseResponseHead } from "../../../src/wire/http1_head.ts";
import type { HeaderField } from "../../../src/wire/http2/header_field.ts";
import {
  type Content,
  writeRequestHead,
  writeResponseHead,
  writeTrailers,
} from "../../../src/wire/http2/to_http1.ts";
import { decodeLatin1 } from "../../../src/wire/octets.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

type Line = readonly [name: string, value: string];

const limits = { maxBytes: 1_000_000, maxFieldLines: 1000 };
const method: Line = [":method", "GET"];
const scheme: Line = [":scheme", "https"];
const authority: Line = [":authority", "api.github.com"];
const path: Line = [":path", "/"];
const get: readonly Line[] = [method, scheme, authority, path];

function fieldsOf(lines: readonly Line[]): HeaderField[] {
  return lines.map(([name, value]) => ({ name, value, sensitive: false }));
}

function toRequest(
  lines: readonly Line[],
  { end }: { end: boolean } = { end: true },
): { text: string; content: Content } {
  const out = new OctetBuffer(0);
  const content = writeRequestHead(out, fieldsOf(lines), { end });
  return { text: decodeLatin1(out.view(), 0, out.length), content };
}

function toResponse(
  lines: readonly Line[],
  options: { method: string; end: boolean } = { method: "GET", end: true },
): { text: string; content: Content & { interim: boolean } } {
  const out = new OctetBuffer(0);
  const content = writeResponseHead(out, fieldsOf(lines), options);
  return { text: decodeLatin1(out.view(), 0, out.length), content };
}

Deno.test("writeRequestHead() writes the pseudo-header fields as request line and Host, in that order", () => {
  const lines: Line[] = [...get.slice(0, 3), [":path", "/a?b=c"], ["accept", "*/*"], ["x-a", ""]];
  assert.deepEqual(toRequest(lines), {
    text: "GET /a?b=c HTTP/1.1\r\nhost: api.github.com\r\naccept: */*\r\nx-a: \r\n\r\n",
    content: { kind: "none" },
  });
});

Deno.test("writeRequestHead() takes pseudo-header fields in any order, and Host in their place or beside", () => {
  const text = "GET / HTTP/1.1\r\nhost: api.github.com\r\n\r\n";
  assert.equal(toRequest([path, authority, scheme, method]).text, text);
  assert.equal(toRequest([method, scheme, path, ["host", "api.github.com"]]).text, text);
  assert.equal(toRequest([...get, ["host", "api.github.com"]]).text, text);
});

Deno.test("writeRequestHead() says how long the content is, if anything follows", () => {
  const post: Line[] = [[":method", "POST"], scheme, authority, path];
  const head = "POST / HTTP/1.1\r\nhost: api.github.com\r\n";
  assert.deepEqual(toRequest(post, { end: false }), {
    text: `${head}transfer-encoding: chunked\r\n\r\n`,
    content: { kind: "chunked" },
  });
  assert.deepEqual(toRequest([...post, ["content-length", "12"]], { end: false }), {
    text: `${head}content-length: 12\r\n\r\n`,
    content: { kind: "length", length: 12 },
  });
  assert.deepEqual(toRequest(post), {
    text: `${head}content-length: 0\r\n\r\n`,
    content: { kind: "none" },
  });
  assert.equal(
    toRequest([...post, ["content-length", "0"]]).text,
    `${head}content-length: 0\r\n\r\n`,
  );
});

Deno.test("writeRequestHead() joins the crumbs of a cookie (RFC 9113 section 8.2.3)", () => {
  const { text } = toRequest([...get, ["cookie", "a=1"], ["accept", "x"], ["cookie", "b=2"]]);
  assert.match(text, /\r\ncookie: a=1; b=2\r\n\r\n$/);
  assert.equal(text.match(/cookie/g)?.length, 1);
});

Deno.test("writeRequestHead() writes TE as a field of the connection, as HTTP/1.1 demands", () => {
  const { text } = toRequest([...get, ["te", "trailers"]]);
  assert.match(text, /\r\nconnection: te\r\nte: trailers\r\n\r\n$/);
});

/** What RFC 9113 calls malformed, and what HTTP/1.1 could read as more than one message. */
const refusedRequests: Record<string, readonly Line[]> = {
  "no :method": [scheme, authority, path],
  "no :scheme": [method, authority, path],
  "no :path": [method, scheme, authority],
  "no authority at all": [method, scheme, path],
  "an empty :method": [[":method", ""], scheme, authority, path],
  "an empty :path": [method, scheme, authority, [":path", ""]],
  "two :method": [method, method, scheme, authority, path],
  "two :path": [method, scheme, authority, path, [":path", "/other"]],
  "two :authority": [...get, authority],
  "two :scheme": [...get, scheme],
  "a pseudo-header field after a field": [method, scheme, authority, ["accept", "*/*"], path],
  "a response's pseudo-header field": [...get, [":status", "200"]],
  ":protocol (RFC 8441)": [
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    scheme,
    authority,
    path,
  ],
  ":protocol beside another method": [...get, [":protocol", "websocket"]],
  "an unknown pseudo-header field": [...get, [":x", "1"]],
  "a pseudo-header field in upper case": [[":Method", "GET"], scheme, authority, path],
  "a name that is a colon": [...get, [":", "x"]],
  "CONNECT": [[":method", "CONNECT"], authority],
  "CONNECT with all fields": [[":method", "CONNECT"], scheme, authority, path],
  ":scheme http": [method, [":scheme", "http"], authority, path],
  ":scheme with a request in it": [method, [":scheme", "https://evil.com/?"], authority, path],
  "a space in :method": [
    [":method", "GET / HTTP/1.1\r\nhost: evil.com\r\nx: "],
    scheme,
    authority,
    path,
  ],
  "a request line in :method": [[":method", "GET /admin"], scheme, authority, path],
  "CR LF in :method": [[":method", "GET\r\nX:"], scheme, authority, path],
  "a space in :path": [method, scheme, authority, [":path", "/ HTTP/1.1"]],
  "a tab in :path": [method, scheme, authority, [":path", "/\tx"]],
  "CR LF in :path": [method, scheme, authority, [":path", "/ HTTP/1.1\r\nhost: evil.com\r\n\r\n"]],
  "LF in :path": [method, scheme, authority, [":path", "/\n"]],
  "NUL in :path": [method, scheme, authority, [":path", "/\0"]],
  "DEL in :path": [method, scheme, authority, [":path", "/\x7f"]],
  "a :path in absolute form": [method, scheme, authority, [":path", "https://evil.com/"]],
  "a :path without a slash": [method, scheme, authority, [":path", "evil.com/"]],
  "a :path that only begins with a star": [method, scheme, authority, [":path", "*/"]],
  "CR LF in :authority": [method, scheme, [":authority", "a\r\nx: y"], path],
  "LF in :authority": [method, scheme, [":authority", "a\nx: y"], path],
  "NUL in :authority": [method, scheme, [":authority", "a\0"], path],
  "white space around :authority": [method, scheme, [":authority", " api.github.com"], path],
  "Host that says something else": [...get, ["host", "evil.com"]],
  "two Hosts": [...get, ["host", "api.github.com"], ["host", "api.github.com"]],
  "two Hosts, no :authority": [method, scheme, path, ["host", "a"], ["host", "b"]],
  "an empty :authority beside a Host": [method, scheme, [":authority", ""], path, ["host", "a"]],
  "a name in upper case": [...get, ["Accept", "*/*"]],
  "a name with one letter in upper case": [...get, ["content-lengtH", "0"]],
  "an empty name": [...get, ["", "x"]],
  "a space in a name": [...get, ["x y", "z"]],
  "a space at a name's end": [...get, ["transfer-encoding ", "chunked"]],
  "a colon in a name": [...get, ["transfer-encoding: chunked\r\nx", "y"]],
  "a colon at a name's end": [...get, ["host:", "evil.com"]],
  "CR LF in a name": [...get, ["x\r\ntransfer-encoding", "chunked"]],
  "LF in a name": [...get, ["x\ny", "z"]],
  "NUL in a name": [...get, ["x\0", "z"]],
  "an octet above 127 in a name": [...get, ["x\xff", "z"]],
  "CR LF in a value": [...get, ["x", "y\r\ntransfer-encoding: chunked"]],
  "LF in a value": [...get, ["x", "y\nz"]],
  "CR in a value": [...get, ["x", "y\rz"]],
  "NUL in a value": [...get, ["x", "y\0z"]],
  "DEL in a value": [...get, ["x", "y\x7fz"]],
  "a space before a value": [...get, ["x", " y"]],
  "a tab after a value": [...get, ["x", "y\t"]],
  "a value of one space": [...get, ["x", " "]],
  "CR LF in a cookie": [...get, ["cookie", "a=1\r\nx: y"]],
  "a space after a crumb": [...get, ["cookie", "a=1 "]],
  "CR LF in a Host": [method, scheme, path, ["host", "a\r\nx: y"]],
  "Connection": [...get, ["connection", "close"]],
  "Connection that names the credential": [...get, ["connection", "authorization"]],
  "Keep-Alive": [...get, ["keep-alive", "timeout=5"]],
  "Proxy-Connection": [...get, ["proxy-connection", "keep-alive"]],
  "Transfer-Encoding (H2.TE)": [...get, ["transfer-encoding", "chunked"]],
  "Transfer-Encoding of another coding": [...get, ["transfer-encoding", "identity"]],
  "Upgrade": [...get, ["upgrade", "websocket"]],
  "TE of another coding": [...get, ["te", "gzip"]],
  "TE of trailers and another": [...get, ["te", "trailers, chunked"]],
  "an empty TE": [...get, ["te", ""]],
  "two Content-Lengths": [...get, ["content-length", "0"], ["content-length", "0"]],
  "Content-Length where nothing follows (H2.CL)": [...get, ["content-length", "5"]],
  "Content-Length 00 where nothing follows": [...get, ["content-length", "00"]],
  "an empty Content-Length": [...get, ["content-length", ""]],
};

for (const [what, lines] of Object.entries(refusedRequests)) {
  Deno.test(`writeRequestHead() refuses ${what}`, () => {
    assert.throws(() => toRequest(lines), WireError);
    if (!what.includes("where nothing follows")) {
      assert.throws(() => toRequest(lines, { end: false }), WireError);
    }
  });
}

for (const length of ["", "+1", "-1", "1,1", "1, 1", "0x1", "1e1", "1.0", "9".repeat(16)]) {
  Deno.test(`writeRequestHead() refuses Content-Length ${JSON.stringify(length)}, and writes nothing that is whole`, () => {
    const out = new OctetBuffer(0);
    const fields = fieldsOf([...get, ["content-length", length]]);
    assert.throws(() => writeRequestHead(out, fields, { end: false }), WireError);
    assert.doesNotMatch(decodeLatin1(out.view(), 0, out.length), /\r\n\r\n/);
  });
}

Deno.test("writeRequestHead() takes Content-Length of up to fifteen digits, as it came", () => {
  for (const length of ["0", "007", "9".repeat(15)]) {
    const { text, content } = toRequest([...get, ["content-length", length]], { end: false });
    assert.deepEqual(content, { kind: "length", length: Number(length) });
    assert.match(text, new RegExp(`content-length: ${length}\r\n`));
  }
});

Deno.test("writeRequestHead() takes no longer for a value that is full of spaces", () => {
  const value = `a${" ".repeat(200_000)}b`;
  const started = performance.now();
  toRequest([...get, ["x", value]]);
  const took = performance.now() - started;
  assert.ok(took < 1000, `it took ${took} ms`);
});

Deno.test("writeRequestHead() gives a head that the parser takes, whatever a method is called", () => {
  for (const name of ["get", "M-SEARCH", "!#$%&'*+.^_`|~"]) {
    const out = new OctetBuffer(0);
    writeRequestHead(out, fieldsOf([[":method", name], scheme, authority, path]), { end: true });
    const head = parseRequestHead(out.view(), out.length, limits);
    assert.equal(head.method, name);
    assert.deepEqual(requestFraming(head), { kind: "none" });
  }
});

Deno.test("writeResponseHead() writes a status line and how the content is told", () => {
  assert.deepEqual(toResponse([[":status", "200"], ["x-a", "b"]]), {
    text: "HTTP/1.1 200 \r\nx-a: b\r\ntransfer-encoding: chunked\r\n\r\n",
    content: { kind: "chunked", interim: false },
  });
  assert.deepEqual(
    toResponse([[":status", "404"], ["content-length", "3"]], { method: "GET", end: false }),
    {
      text: "HTTP/1.1 404 \r\ncontent-length: 3\r\n\r\n",
      content: { kind: "length", length: 3, interim: false },
    },
  );
});

const contentless: [method: string, status: string, end: boolean][] = [
  ["HEAD", "200", true],
  ["GET", "204", true],
  ["GET", "304", true],
  ["GET", "103", false],
];
for (const [method, status, end] of contentless) {
  Deno.test(`writeResponseHead() has no content after ${status} to ${method}`, () => {
    const { text, content } = toResponse([[":status", status]], { method, end });
    assert.equal(text, `HTTP/1.1 ${status} \r\n\r\n`);
    assert.deepEqual(content, { kind: "none", interim: status === "103" });
    const octets = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const head = parseResponseHead(octets, octets.length, limits);
    assert.deepEqual(responseFraming(method, head), { kind: "none" });
  });
}

const ok: Line = [":status", "200"];
const refusedResponses: Record<string, readonly Line[]> = {
  "no :status": [["x", "y"]],
  "two :status": [ok, ok],
  ":status after a field": [["x", "y"], ok],
  "a request's pseudo-header field": [ok, [":path", "/"]],
  ":status of two digits": [[":status", "20"]],
  ":status of four digits": [[":status", "2000"]],
  ":status with a reason": [[":status", "200 OK"]],
  ":status with CR LF": [[":status", "200\r\nx: y"]],
  ":status with a sign": [[":status", "+20"]],
  ":status 000": [[":status", "000"]],
  ":status 600": [[":status", "600"]],
  "101 (RFC 9113 section 8.6)": [[":status", "101"]],
  "an interim response that ends the stream": [[":status", "103"]],
  "Connection": [ok, ["connection", "close"]],
  "Transfer-Encoding": [ok, ["transfer-encoding", "chunked"]],
  "Upgrade": [ok, ["upgrade", "h2c"]],
  "CR LF in a value (response splitting)": [ok, ["location", "/\r\nset-cookie: a=b"]],
  "LF in a value": [ok, ["x", "a\nb"]],
  "NUL in a value": [ok, ["x", "a\0b"]],
  "a name in upper case": [ok, ["Set-Cookie", "a=b"]],
  "a colon in a name": [ok, ["x:y", "z"]],
  "two Content-Lengths": [ok, ["content-length", "0"], ["content-length", "0"]],
  "Content-Length where nothing follows": [ok, ["content-length", "1"]],
};
for (const [what, lines] of Object.entries(refusedResponses)) {
  Deno.test(`writeResponseHead() refuses ${what}`, () => {
    assert.throws(() => toResponse(lines), WireError);
  });
}

Deno.test("writeResponseHead() refuses a Content-Length that is none before a whole head is written", () => {
  for (const length of ["", "1,1", "9".repeat(16)]) {
    const out = new OctetBuffer(0);
    const fields = fieldsOf([ok, ["content-length", length]]);
    assert.throws(() => writeResponseHead(out, fields, { method: "GET", end: false }), WireError);
    assert.doesNotMatch(decodeLatin1(out.view(), 0, out.length), /\r\n\r\n/);
  }
});

Deno.test("writeTrailers() writes field lines, and refuses what may not be among them", () => {
  const out = new OctetBuffer(0);
  writeTrailers(out, fieldsOf([["grpc-status", "0"], ["x", "y"]]));
  assert.equal(decodeLatin1(out.view(), 0, out.length), "grpc-status: 0\r\nx: y\r\n");
  const refused: Line[] = [
    [":status", "200"],
    [":path", "/"],
    ["content-length", "1"],
    ["transfer-encoding", "chunked"],
    ["connection", "close"],
    ["x", "y\r\n\r\nGET / HTTP/1.1"],
    ["X", "y"],
    ["", "y"],
  ];
  for (const line of refused) {
    assert.throws(() => writeTrailers(new OctetBuffer(0), fieldsOf([line])), WireError, line[0]);
  }
});
