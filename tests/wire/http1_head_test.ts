import assert from "node:assert/strict";
import fc from "fast-check";
import { findHeadEnd, parseRequestHead, parseResponseHead } from "../../src/wire/http1_head.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { HeadTooLargeError, WireError } from "../../src/wire/wire_error.ts";

const limits = { maxBytes: 1024, maxFieldLines: 8 };

function parseRequest(text: string) {
  const bytes = encodeLatin1(text);
  const end = findHeadEnd(bytes, 0, limits);
  assert.notEqual(end, -1, "the head has no end");
  return parseRequestHead(bytes, end, limits);
}

function parseResponse(text: string) {
  const bytes = encodeLatin1(text);
  const end = findHeadEnd(bytes, 0, limits);
  assert.notEqual(end, -1, "the head has no end");
  return parseResponseHead(bytes, end, limits);
}

function refuses(run: () => unknown, state: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof WireError, `${error}`);
    assert.match(error.message, state);
    return true;
  });
}

Deno.test("findHeadEnd() gives the offset after the first empty line", () => {
  const table: [string, number][] = [
    ["", -1],
    ["\r", -1],
    ["G", -1],
    ["GET / HTTP/1.1\r\n", -1],
    ["GET / HTTP/1.1\r\n\r", -1],
    ["GET / HTTP/1.1\r\n\r\n", 18],
    ["GET / HTTP/1.1\r\nA: b\r\n\r\n", 24],
    ["GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", 18],
    // What follows the head is none of its business, whatever it holds.
    ["GET / HTTP/1.1\r\n\r\n\n\n\0", 18],
  ];
  for (const [text, end] of table) {
    assert.equal(findHeadEnd(encodeLatin1(text), 0, limits), end, JSON.stringify(text));
  }
});

Deno.test("findHeadEnd() refuses a bare LF as soon as it comes", () => {
  for (
    const text of [
      "\n",
      "\n\n",
      "GET / HTTP/1.1\n",
      "GET / HTTP/1.1\r\n\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
      "GET / HTTP/1.1\r\nA: b\n\r\n\r\n",
    ]
  ) {
    refuses(() => findHeadEnd(encodeLatin1(text), 0, limits), /: a bare LF$/);
  }
});

Deno.test("findHeadEnd() refuses an empty line before the start line", () => {
  const state = /it starts with an empty line/;
  refuses(() => findHeadEnd(encodeLatin1("\r\n"), 0, limits), state);
  refuses(() => findHeadEnd(encodeLatin1("\r\n"), 1, limits), state);
  refuses(() => findHeadEnd(encodeLatin1("\r\nGET / HTTP/1.1\r\n\r\n"), 0, limits), state);
});

Deno.test("findHeadEnd() takes a head of exactly maxBytes octets and no longer one", () => {
  const head = encodeLatin1("GET / HTTP/1.1\r\nA: b\r\n\r\n");
  const at = (maxBytes: number) => ({ maxBytes, maxFieldLines: 8 });
  assert.equal(findHeadEnd(head, 0, at(head.length)), head.length);
  assert.throws(() => findHeadEnd(head, 0, at(head.length - 1)), HeadTooLargeError);
  const unfinished = head.subarray(0, 20);
  assert.equal(findHeadEnd(unfinished, 0, at(21)), -1);
  assert.throws(() => findHeadEnd(unfinished, 0, at(20)), HeadTooLargeError);
  assert.ok(new HeadTooLargeError("x") instanceof WireError);
});

Deno.test("parseRequestHead() gives method, target, version and fields as they came", () => {
  const table: [string, string, string, 0 | 1, number][] = [
    ["GET / HTTP/1.1\r\n\r\n", "GET", "/", 1, 0],
    ["GET / HTTP/1.0\r\n\r\n", "GET", "/", 0, 0],
    ["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "*", 1, 1],
    ["CONNECT a:443 HTTP/1.1\r\n\r\n", "CONNECT", "a:443", 1, 0],
    ["POST http://a/?b HTTP/1.1\r\nA:1\r\nA:2\r\n\r\n", "POST", "http://a/?b", 1, 2],
    // RFC 9110 section 9.1: methods are case-sensitive, and any token is one.
    ["get / HTTP/1.1\r\n\r\n", "get", "/", 1, 0],
    ["M-SEARCH / HTTP/1.1\r\n\r\n", "M-SEARCH", "/", 1, 0],
    ["GETS / HTTP/1.1\r\n\r\n", "GETS", "/", 1, 0],
    ["GET /\xe9 HTTP/1.1\r\n\r\n", "GET", "/\xe9", 1, 0],
  ];
  for (const [text, method, target, minorVersion, size] of table) {
    const head = parseRequest(text);
    assert.deepEqual(
      [head.method, head.target, head.minorVersion, head.fields.size],
      [method, target, minorVersion, size],
      JSON.stringify(text),
    );
  }
});

Deno.test("parseRequestHead() refuses a malformed request line", () => {
  const method = /does not start with a method and a space/;
  const target = /no request target with one space around it/;
  const version = /does not end in HTTP\/1\.0 or HTTP\/1\.1/;
  const table: [string, RegExp][] = [
    [" GET / HTTP/1.1", method],
    ["GET\t/ HTTP/1.1", method],
    ["G(T / HTTP/1.1", method],
    ["G\0T / HTTP/1.1", method],
    ["G\xcbT / HTTP/1.1", method],
    ["GET", method],
    ["\rGET / HTTP/1.1", method],
    ["GET  / HTTP/1.1", target],
    ["GET ", target],
    ["GET /", target],
    ["GET /\0 HTTP/1.1", target],
    ["GET /\r HTTP/1.1", target],
    ["GET /\x7f HTTP/1.1", target],
    // HTTP/0.9 has no version; HTTP/2 has its own framing.
    ["GET / ", version],
    ["GET /  HTTP/1.1", version],
    ["GET / b HTTP/1.1", version],
    ["GET / HTTP/0.9", version],
    ["GET / HTTP/1.2", version],
    ["GET / HTTP/1.11", version],
    ["GET / HTTP/1.1 ", version],
    ["GET / HTTP/1.1\r", version],
    ["GET / HTTP/1.", version],
    ["GET / HTTP/2.0", version],
    ["GET / HTTP/2", version],
    ["GET / http/1.1", version],
    ["GET / HTTPS/1.1", version],
    ["PRI * HTTP/2.0", version],
  ];
  for (const [line, state] of table) {
    refuses(() => parseRequest(`${line}\r\n\r\n`), state);
    refuses(() => parseRequest(`${line}\r\nHost: a\r\n\r\n`), state);
  }
});

Deno.test("parseRequestHead() takes maxFieldLines field lines and no more", () => {
  const lines = (count: number) => `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(count)}\r\n`;
  assert.equal(parseRequest(lines(8)).fields.size, 8);
  refuses(() => parseRequest(lines(9)), /more than 8 field lines/);
});

Deno.test("parseResponseHead() gives status, reason, version and fields", () => {
  const table: [string, number, string, 0 | 1][] = [
    ["HTTP/1.1 200 OK", 200, "OK", 1],
    ["HTTP/1.0 404 Not Found", 404, "Not Found", 0],
    ["HTTP/1.1 100 Continue", 100, "Continue", 1],
    ["HTTP/1.1 200 ", 200, "", 1],
    ["HTTP/1.1 200", 200, "", 1],
    ["HTTP/1.1 200  two spaces", 200, " two spaces", 1],
    ["HTTP/1.1 599 \xe9\ttab", 599, "\xe9\ttab", 1],
  ];
  for (const [line, status, reason, minorVersion] of table) {
    const head = parseResponse(`${line}\r\nServer: x\r\n\r\n`);
    assert.deepEqual([head.status, head.reason, head.minorVersion], [status, reason, minorVersion]);
    assert.equal(head.fields.get("server"), "x");
    assert.equal(parseResponse(`${line}\r\n\r\n`).status, status);
  }
});

Deno.test("parseResponseHead() refuses a malformed status line", () => {
  const start = /does not start with HTTP\/1\.0 or HTTP\/1\.1/;
  const digits = /the status is not three digits/;
  const table: [string, RegExp][] = [
    ["", start],
    ["200 OK", start],
    ["HTTP/1.1", start],
    ["HTTP/1.1\t200 OK", start],
    ["HTTP/2 200", start],
    ["HTTP/2.0 200 OK", start],
    ["HTTP/1.2 200 OK", start],
    ["http/1.1 200 OK", start],
    [" HTTP/1.1 200 OK", start],
    ["ICY 200 OK", start],
    ["HTTP/1.1  200 OK", digits],
    ["HTTP/1.1 20 OK", digits],
    ["HTTP/1.1 20", digits],
    ["HTTP/1.1 2x0 OK", digits],
    ["HTTP/1.1 -20 OK", digits],
    ["HTTP/1.1 0x2 OK", digits],
    ["HTTP/1.1 ", digits],
    ["HTTP/1.1 099 OK", /status 99/],
    ["HTTP/1.1 000 OK", /status 0/],
    ["HTTP/1.1 2000 OK", /no space after the status/],
    ["HTTP/1.1 200OK", /no space after the status/],
    ["HTTP/1.1 200\tOK", /no space after the status/],
    ["HTTP/1.1 200 O\0K", /a control character in the reason/],
    ["HTTP/1.1 200 O\rK", /a control character in the reason/],
    ["HTTP/1.1 200 \x1b[31m", /a control character in the reason/],
    ["HTTP/1.1 200\r", /a control character in the reason/],
  ];
  for (const [line, state] of table) {
    const bytes = encodeLatin1(`${line}\r\n\r\n`);
    refuses(() => parseResponseHead(bytes, bytes.length, limits), state);
  }
});

/** Pieces of heads, good and bad, so that arbitrary joins come near to being well-formed. */
const fragment = fc.constantFrom(
  ..."GET |POST |/|*| HTTP/1.1\r\n|HTTP/1.1 |200| OK|\r\n|\r\n|\r\n\r\n|\r|\n|\0|:| |\t|a|A|: |,"
    .split(
      "|",
    ),
  "Host: a\r\n",
  "Content-Length: 5\r\n",
  "x\x7f",
  "\xff",
);
const nearlyHead = fc.array(fragment, { maxLength: 20 }).map((parts) => parts.join(""));
const hostile = fc.oneof(
  nearlyHead,
  nearlyHead.map((text) => `GET / HTTP/1.1\r\n${text}\r\n\r\n`),
  nearlyHead.map((text) => `HTTP/1.1 200 OK\r\n${text}\r\n\r\n`),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => decodeLatin1(bytes, 0, bytes.length)),
);

Deno.test("parseRequestHead() and parseResponseHead() throw WireError alone, whatever comes", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const bytes = encodeLatin1(text);
      for (const parse of [parseRequestHead, parseResponseHead]) {
        try {
          const end = findHeadEnd(bytes, 0, limits);
          if (end < 0) continue;
          const { fields } = parse(bytes, end, limits);
          // What is accepted has no second reading: lines ended by CRLF, no other control character,
          // one line per field.
          const lines = decodeLatin1(bytes, 0, end).split("\r\n");
          assert.equal(fields.size, lines.length - 3, JSON.stringify(text));
          // deno-lint-ignore no-control-regex
          for (const line of lines) assert.doesNotMatch(line, /[\x00-\x08\x0a-\x1f\x7f]/);
          for (const line of lines.slice(1, -2)) assert.match(line, /^[!#-'*+\-.^-z|~\w]+:/);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/);
const value = fc.stringMatching(/^([!-~\u0080-\u00ff]([ \t!-~\u0080-\u00ff]{0,20}[!-~])?)?$/);
const fieldLines = fc.array(fc.tuple(token, value), { maxLength: 8 });

function headText(start: string, lines: readonly (readonly [string, string])[]): string {
  return `${start}\r\n${lines.map(([name, text]) => `${name}:${text}\r\n`).join("")}\r\n`;
}

Deno.test("parseRequestHead() gives the same for every split of a head", () => {
  fc.assert(
    fc.property(fieldLines, fc.array(fc.nat({ max: 400 })), (lines, cuts) => {
      const bytes = encodeLatin1(headText("PUT /a?b HTTP/1.1", lines) + "the body\n");
      const end = findHeadEnd(bytes, 0, limits);
      assert.equal(end, bytes.length - "the body\n".length);
      const everyOctet = Array.from(bytes, (_, index) => index);
      for (const stops of [everyOctet, cuts.toSorted((a, b) => a - b)]) {
        let scanned = 0;
        for (const stop of stops.filter((stop) => stop >= scanned && stop < end)) {
          assert.equal(findHeadEnd(bytes.subarray(0, stop), scanned, limits), -1);
          scanned = stop;
        }
        assert.equal(findHeadEnd(bytes, scanned, limits), end);
      }
    }),
  );
});

Deno.test("parseRequestHead() of what Fields.appendLineTo() wrote gives the same fields", () => {
  fc.assert(
    fc.property(fieldLines, (lines) => {
      const start = "GET / HTTP/1.1";
      const { fields } = parseRequest(headText(start, lines));
      const out = new OctetBuffer(8);
      out.text(`${start}\r\n`);
      for (let index = 0; index < fields.size; index++) fields.appendLineTo(out, index);
      out.text("\r\n");
      const written = out.view();
      const text = decodeLatin1(written, 0, written.length);
      assert.equal(text, headText(start, lines));
      const again = parseRequest(text).fields;
      assert.equal(again.size, lines.length);
      for (const [index, [name, text]] of lines.entries()) {
        assert.equal(again.name(index), name.toLowerCase());
        assert.equal(again.value(index), text);
      }
    }),
  );
});
