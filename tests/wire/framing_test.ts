import assert from "node:assert/strict";
import { type Framing, requestFraming, responseFraming } from "../../src/wire/framing.ts";
import { parseRequestHead, parseResponseHead } from "../../src/wire/http1_head.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const limits = { maxBytes: 4096, maxFieldLines: 20 };

function ofRequest(lines: readonly string[], { version = "1.1", method = "POST" } = {}): Framing {
  const bytes = encodeLatin1([`${method} / HTTP/${version}`, ...lines, "", ""].join("\r\n"));
  return requestFraming(parseRequestHead(bytes, bytes.length, limits));
}

function ofResponse(
  status: number,
  lines: readonly string[],
  { version = "1.1", method = "GET" } = {},
): Framing {
  const bytes = encodeLatin1([`HTTP/${version} ${status} X`, ...lines, "", ""].join("\r\n"));
  return responseFraming(method, parseResponseHead(bytes, bytes.length, limits));
}

function refuses(run: () => unknown, { state, what }: { state: RegExp; what: string }): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof WireError, `${what}: ${error}`);
    assert.match(error.message, state, what);
    return true;
  });
}

const none: Framing = { kind: "none" };
const chunked: Framing = { kind: "chunked" };
const close: Framing = { kind: "close" };

/** Field lines that no message may be framed by, and why. */
const malformed: [string[], RegExp][] = [
  [["Content-Length: 5", "Content-Length: 5"], /more than one Content-Length/],
  [["Content-Length: 5", "content-length: 6"], /more than one Content-Length/],
  [["Content-Length: 0", "Content-Length: 0"], /more than one Content-Length/],
  ...[
    "",
    "5, 5",
    "5,6",
    "5,",
    "+5",
    "-5",
    "-0",
    "0x5",
    "0b1",
    "5.0",
    "5e1",
    "five",
    "5 5",
    "5;",
    "\xb2",
    "9007199254740992",
    "99999999999999999999",
    "00000000000000005",
    "Infinity",
  ].map((value): [string[], RegExp] => [
    [`Content-Length: ${value}`],
    /Content-Length is not a decimal number/,
  ]),
  [["Content-Length: 5", "Transfer-Encoding: chunked"], /both Content-Length and/],
  [["Transfer-Encoding: chunked", "Content-Length: 0"], /both Content-Length and/],
  [["Content-Length: 5", "Transfer-Encoding: identity"], /both Content-Length and/],
  [["Content-Length: x", "Transfer-Encoding: chunked"], /not a decimal number/],
  ...[
    "",
    "identity",
    "gzip",
    "gzip, chunked",
    "chunked, gzip",
    "chunked, chunked",
    "chunked,",
    ",chunked",
    "chunked;q=1",
    "xchunked",
    "chunkedx",
    '"chunked"',
    "chunked x",
    "cow",
  ].map((value): [string[], RegExp] => [
    [`Transfer-Encoding: ${value}`],
    /Transfer-Encoding is not exactly "chunked"/,
  ]),
  [["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], /is not exactly "chunked"/],
  [["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], /is not exactly "chunked"/],
  [["Transfer-Encoding:", "Transfer-Encoding: chunked"], /is not exactly "chunked"/],
];

Deno.test("requestFraming() knows none, a length and chunked", () => {
  const table: [string[], Framing][] = [
    [[], none],
    [["Content-Length: 0"], none],
    [["Content-Length: 000"], none],
    [["Content-Length: 5"], { kind: "length", length: 5 }],
    [["content-length:   0005\t "], { kind: "length", length: 5 }],
    [["Content-Length: 9007199254740991"], { kind: "length", length: Number.MAX_SAFE_INTEGER }],
    [["Transfer-Encoding: chunked"], chunked],
    [["transfer-encoding:ChUnKeD "], chunked],
  ];
  for (const [lines, expected] of table) {
    assert.deepEqual(ofRequest(lines), expected, lines.join());
    assert.deepEqual(ofRequest(lines, { method: "GET" }), expected, lines.join());
  }
  assert.deepEqual(ofRequest([], { version: "1.0" }), none);
  assert.deepEqual(ofRequest(["Content-Length: 5"], { version: "1.0" }), {
    kind: "length",
    length: 5,
  });
});

Deno.test("requestFraming() and responseFraming() refuse what is malformed or ambiguous", () => {
  for (const [lines, state] of malformed) {
    const what = lines.join(" | ");
    refuses(() => ofRequest(lines), { state, what });
    for (const method of ["GET", "HEAD"]) {
      refuses(() => ofResponse(200, lines, { method }), { state, what });
    }
    for (const status of [101, 204, 304]) {
      refuses(() => ofResponse(status, lines), { state, what: `${status} ${what}` });
    }
  }
});

Deno.test("requestFraming() and responseFraming() refuse Transfer-Encoding on HTTP/1.0", () => {
  const lines = ["Transfer-Encoding: chunked"];
  const expected = { state: /Transfer-Encoding on HTTP\/1\.0/, what: "HTTP/1.0" };
  refuses(() => ofRequest(lines, { version: "1.0" }), expected);
  refuses(() => ofResponse(200, lines, { version: "1.0" }), expected);
});

Deno.test("responseFraming() knows a length, chunked and the end of the connection", () => {
  for (const status of [200, 201, 205, 206, 301, 401, 500]) {
    assert.deepEqual(ofResponse(status, []), close);
    assert.deepEqual(ofResponse(status, [], { version: "1.0" }), close);
    assert.deepEqual(ofResponse(status, ["Content-Length: 0"]), none);
    assert.deepEqual(ofResponse(status, ["Content-Length: 7"]), { kind: "length", length: 7 });
    assert.deepEqual(ofResponse(status, ["Transfer-Encoding: chunked"]), chunked);
  }
});

Deno.test("responseFraming() gives no body to HEAD and 304, whatever the fields announce", () => {
  for (const lines of [[], ["Content-Length: 7"], ["Transfer-Encoding: chunked"]]) {
    assert.deepEqual(ofResponse(200, lines, { method: "HEAD" }), none);
    assert.deepEqual(ofResponse(304, lines), none);
    assert.deepEqual(ofResponse(304, lines, { method: "HEAD" }), none);
  }
});

Deno.test("responseFraming() gives no body to 1xx and 204, and refuses framing on them", () => {
  for (const status of [100, 101, 103, 199, 204]) {
    assert.deepEqual(ofResponse(status, []), none);
    assert.deepEqual(ofResponse(status, ["Content-Length: 0"]), none);
    for (const method of ["GET", "HEAD"]) {
      refuses(() => ofResponse(status, ["Content-Length: 7"], { method }), {
        state: /it has Content-Length/,
        what: `${status}`,
      });
      refuses(() => ofResponse(status, ["Transfer-Encoding: chunked"], { method }), {
        state: /it has Transfer-Encoding/,
        what: `${status}`,
      });
    }
  }
});

Deno.test("responseFraming() compares the method of the request exactly", () => {
  assert.deepEqual(ofResponse(200, ["Content-Length: 7"], { method: "head" }), {
    kind: "length",
    length: 7,
  });
});
