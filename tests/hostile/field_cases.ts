/**
 * Field lines: names, values, folding, number and size (RFC 9110 section 5, RFC 9112 section 5).
 *
 * @module
 */

import { forwarded, get, host, refused, type RequestCase } from "./request_case.ts";

const badNames: readonly RequestCase[] = [
  "X-A ",
  "X-A\t",
  "X-A\x0b",
  "X-A\xa0",
  "X A",
  "X\0A",
  "\0X-A",
  "X-A\0",
  "X\x7f",
  "X\x1b",
  "X\xe9",
  "X(A)",
  "X@A",
  "X/A",
  "X[A]",
  "X{A}",
  "X=A",
  "X;A",
  "X,A",
  '"X"',
  "X?A",
  "<X>",
  "X\\A",
  "",
  " ",
  "\t",
  "X\rA",
  "\xef\xbb\xbfX",
  "Content-Length\0",
  "Content-Length ",
  "Content-Length\t",
  "Content-Length\x0b",
  "Content-Length\xa0",
  "Content Length",
  "Transfer-Encoding ",
  "Transfer-Encoding\xa0",
  "\0Transfer-Encoding",
  "Transfer\xadEncoding",
].map((name) => refused(`field name: ${JSON.stringify(name)}`, get(`${name}: 5\r\n`)));

const badLines: readonly RequestCase[] = ([
  ["no colon", "X-A\r\n"],
  ["no colon, but an equals sign", "X-A=b\r\n"],
  ["folded with a space", "X-A: b\r\n c\r\n"],
  ["folded with a tab", "X-A: b\r\n\tc\r\n"],
  ["folded with a framing field", "X-A: b\r\n Transfer-Encoding: chunked\r\n"],
  ["folded with nothing", "X-A: b\r\n \r\n"],
  ["folded with a tab alone", "X-A: b\r\n\t\r\n"],
  ["folded with another empty line", "X-A:\r\n \r\n \r\n"],
  ["a line of a space", " \r\n"],
  ["a bare CR at the end", "X-A: b\r\r\n"],
  ["a bare CR before the next field", "X-A: b\rX-B: c\r\n"],
  ["a bare LF before the next field", "X-A: b\nX-B: c\r\n"],
  ["LF CR before the next field", "X-A: b\n\rX-B: c\r\n"],
  ["a request line", "GET /smuggled HTTP/1.1\r\n"],
] as const).map(([name, lines]) => refused(`field line: ${name}`, get(lines)));

const firstLine: readonly RequestCase[] = [" ", "\t", "\x0b", "\0", ":"].map((octet) =>
  refused(
    `field line: ${JSON.stringify(octet)} before the first`,
    `GET /x HTTP/1.1\r\n${octet}${host}\r\n`,
  )
);

const badValues: readonly RequestCase[] = Array.from(
  "\0\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x1a\x1b\x1f\x7f",
  (octet) => refused(`field value: ${JSON.stringify(octet)}`, get(`X-A: a${octet}b\r\n`)),
);

const goodFields: readonly RequestCase[] = [
  forwarded("field name: an underscore is kept and distinct", get("X_A: 1\r\nX-A: 2\r\n"), {
    has: ["x_a: 1", "x-a: 2"],
  }),
  forwarded("field name: Content_Length is no Content-Length", get("Content_Length: 5\r\n"), {
    lacks: ["content_length", "content-length"],
  }),
  forwarded(
    "field name: Transfer_Encoding is no Transfer-Encoding",
    get("Transfer_Encoding: chunked\r\n"),
    {
      lacks: ["transfer_encoding", "transfer-encoding"],
    },
  ),
  forwarded("field name: Transfer-Encodin is another", get("Transfer-Encodin: chunked\r\n"), {
    has: ["transfer-encodin: chunked"],
  }),
  forwarded("field name: every tchar", get("!#$%&'*+-.^_`|~09Az: 1\r\n"), {
    has: ["!#$%&'*+-.^_`|~09az: 1"],
    refusedBy: ["nginx"],
  }),
  forwarded("field name: 1,000 octets", get(`${"a".repeat(1000)}: 1\r\n`), {
    has: [`${"a".repeat(1000)}: 1`],
  }),
  forwarded("field name: __proto__ and constructor", get("__proto__: 1\r\nconstructor: 2\r\n"), {
    has: ["__proto__: 1", "constructor: 2"],
  }),
  forwarded("field value: tab, obs-text and quotes", get('X-A: \ta\tb\xff"\\ \r\n'), {
    has: ['x-a: a\tb\xff"\\'],
    refusedBy: ["h11"],
  }),
  forwarded("field value: none", get("X-A:\r\nX-B: \t \r\n"), { has: ["x-a: ", "x-b: "] }),
  forwarded(
    "field value: colons and a request line",
    get("X-A: :GET /x HTTP/1.1: Host: evil.com\r\n"),
    {
      has: ["x-a: :GET /x HTTP/1.1: Host: evil.com"],
    },
  ),
  forwarded(
    "field value: NEL, NBSP and U+2028 end no line",
    get("X-A: a\x85b\xa0c\xe2\x80\xa8d\r\n"),
    {
      has: ["x-a: a\x85b\xa0c\xe2\x80\xa8d"],
    },
  ),
  forwarded("field value: escaped line ends are text", get("X-A: a%0d%0aX-B: c\\r\\nX-C: d\r\n"), {
    has: ["x-a: a%0d%0aX-B: c\\r\\nX-C: d"],
    lacks: ["x-b", "x-c"],
  }),
  forwarded("field value: 60,000 octets", get(`X-A: ${"a".repeat(60_000)}\r\n`), {
    has: [`x-a: ${"a".repeat(60_000)}`],
  }),
  forwarded("fields: 200 lines", get("X: y\r\n".repeat(199)), { has: ["x: y"] }),
];

const tooMuch: readonly RequestCase[] = [
  refused("fields: 201 lines", get("X: y\r\n".repeat(200)), 431),
  refused("fields: 5,000 lines", get("X: y\r\n".repeat(5000)), 431),
  refused("field value: more than a head may have", get(`X-A: ${"a".repeat(66_000)}\r\n`), 431),
  refused("field name: more than a head may have", get(`${"a".repeat(66_000)}: b\r\n`), 431),
  refused(
    "fields: a head that does not end",
    `GET /x HTTP/1.1\r\n${"X-A: aaaaaaaaaa\r\n".repeat(10_000)}`,
    431,
  ),
];

export const fieldCases: readonly RequestCase[] = [
  ...badNames,
  ...badLines,
  ...firstLine,
  ...badValues,
  ...goodFields,
  ...tooMuch,
];
