/**
 * Where the response of a hostile upstream ends (RFC 9112 sections 6.3 and 7.1).
 *
 * @module
 */

import { cut, ok, refused, relayed, type ResponseCase } from "./response_case.ts";

const chunks = "5\r\nhello\r\n0\r\n\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";
const five = "Content-Length: 5\r\n";
/** What the next request must never be answered with. */
const poison = ok("Content-Length: 6\r\nX-Poison: yes\r\n", "poison");

const badLengths: readonly ResponseCase[] = [
  "",
  "+5",
  "-5",
  "-0",
  "0x5",
  "5h",
  "5.0",
  "5e0",
  "5,5",
  "5, 5",
  "5, 6",
  "5;",
  "5 5",
  "5_0",
  '"5"',
  "five",
  "NaN",
  "5\x0b",
  "5\xa0",
  "5\0",
  "9007199254740992",
  "18446744073709551615",
  "18446744073709551621",
  "00000000000000005",
].map((value) =>
  refused(`Content-Length: ${JSON.stringify(value)}`, ok(`Content-Length: ${value}\r\n`, "hello"))
);

const badFramings: readonly ResponseCase[] = ([
  ["Content-Length twice: the same", "Content-Length: 5\r\ncontent-length: 5\r\n"],
  ["Content-Length twice: the larger last", "Content-Length: 5\r\nContent-Length: 6\r\n"],
  ["Content-Length twice: zero last", "Content-Length: 5\r\nContent-Length: 0\r\n"],
  ["both framings: length first", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
  ["both framings: coding first", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"],
  ["both framings: length 0", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"],
  ["both framings: identity", "Content-Length: 5\r\nTransfer-Encoding: identity\r\n"],
  ["both framings: an empty coding", "Content-Length: 5\r\nTransfer-Encoding:\r\n"],
  ["Transfer-Encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"],
  [
    "Transfer-Encoding twice: gzip first",
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
  ],
] as const).map(([name, fields]) => refused(name, ok(fields, chunks)));

const badCodings: readonly ResponseCase[] = [
  "",
  "gzip",
  "gzip, chunked",
  "chunked, gzip",
  "chunked, chunked",
  "chunked, identity",
  "identity",
  "identity, chunked",
  "deflate",
  "xchunked",
  "chunkedx",
  "chunked;q=1",
  '"chunked"',
  "chunked,",
  ",chunked",
  "chunked\x0b",
  "\x0bchunked",
  "chunked\xa0",
  "chunked\0",
  "chunk ed",
  "trailers",
].map((value) =>
  refused(
    `Transfer-Encoding: ${JSON.stringify(value)}`,
    ok(`Transfer-Encoding: ${value}\r\n`, chunks),
  )
);

const goodFramings: readonly ResponseCase[] = [
  relayed("length", ok(five, "hello")),
  relayed("length: leading zeros", ok("Content-Length: 0005\r\n", "hello")),
  relayed("length: none", ok("Content-Length: 0\r\n", ""), { expected: { body: "" } }),
  relayed("length: to an HTTP/1.0 client", ok(five, "hello"), {
    version: "HTTP/1.0",
    expected: { connection: "ended" },
  }),
  relayed("chunked", ok(chunked, chunks)),
  relayed(
    "chunked: in other case and with white space",
    ok("TRANSFER-ENCODING:\tChunked \t\r\n", chunks),
  ),
  relayed(
    "chunked: named in Connection",
    ok(`Connection: transfer-encoding\r\n${chunked}`, chunks),
  ),
  relayed("chunked: nothing", ok(chunked, "0\r\n\r\n"), { expected: { body: "" } }),
  relayed("chunked: extensions are dropped", ok(chunked, '5;a="b"\r\nhello\r\n0;c\r\n\r\n')),
  relayed("chunked: to an HTTP/1.0 client", ok(chunked, "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), {
    version: "HTTP/1.0",
    expected: { connection: "ended", lacks: ["transfer-encoding"] },
  }),
  relayed("chunked: data that looks like the end", ok(chunked, `7\r\n0\r\n\r\nHT\r\n0\r\n\r\n`), {
    expected: { body: "0\r\n\r\nHT" },
  }),
  relayed("close-delimited: to a client that keeps its connection", ok("", "hello"), {
    then: "closes",
  }),
  relayed("close-delimited: nothing", ok("", ""), { then: "closes", expected: { body: "" } }),
  relayed("close-delimited: a body that looks like another response", ok("", poison), {
    then: "closes",
    expected: { body: poison },
  }),
  relayed("close-delimited: to an HTTP/1.0 client", ok("", "hello"), {
    then: "closes",
    version: "HTTP/1.0",
    expected: { connection: "ended", lacks: ["transfer-encoding"] },
  }),
  relayed("close-delimited: HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", { then: "closes" }),
  refused("Transfer-Encoding on HTTP/1.0", ok(chunked, chunks).replace("1.1", "1.0")),
  refused("both framings on HTTP/1.0", ok(five + chunked, chunks).replace("1.1", "1.0")),
];

const trailers: readonly ResponseCase[] = [
  relayed(
    "trailers: passed on",
    ok(chunked, "5\r\nhello\r\n0\r\nGrpc-Status: 0\r\nX-Sum:\r\n\r\n"),
    {
      expected: { trailers: ["grpc-status: 0", "x-sum: "] },
    },
  ),
  ...[
    "Content-Length: 99",
    "Transfer-Encoding: chunked",
    "Host: evil.com",
    "Set-Cookie: a=b",
    "Connection: close",
    "Authorization: x",
    "WWW-Authenticate: Basic",
    "Content-Type: text/html",
    "Content-Encoding: gzip",
    "Trailer: X",
    "Alt-Svc: clear",
    "Proxy-Status: auth-proxy; error=x",
    "Upgrade: h2c",
    "Keep-Alive: x",
  ].map((line) =>
    relayed(
      `trailers: ${line} is dropped`,
      ok(chunked, `5\r\nhello\r\n0\r\n${line}\r\nX-Sum: 1\r\n\r\n`),
      {
        expected: { trailers: ["x-sum: 1"] },
      },
    )
  ),
  ...([
    ["folded", "X: a\r\n b\r\n"],
    ["a space before the colon", "X : a\r\n"],
    ["no colon", "HTTP/1.1 200 OK\r\n"],
    ["a bare LF", "X: a\nY: b\r\n"],
    ["a NUL", "X: \0\r\n"],
    ["too many", "X: a\r\n".repeat(65)],
    ["too long", `X: ${"a".repeat(9000)}\r\n`],
  ] as const).map(([name, lines]) =>
    cut(`trailers: ${name}`, ok(chunked, `5\r\nhello\r\n0\r\n${lines}\r\n`))
  ),
];

const broken: readonly ResponseCase[] = [
  ...[
    "",
    " 5",
    "5 ",
    "+5",
    "-5",
    "0x5",
    "5h",
    "g",
    "5.0",
    "FFFFFFFFFFFFFFFF",
    "10000000000000005",
    "20000000000000",
    "00000000000000005",
    "5\n",
    "5\r",
    "\r\n5",
    "5 ;a",
    ';a="\n"',
    `5;${"a".repeat(300)}`,
    "5;\0",
  ].map((size) =>
    cut(
      `chunk size: ${JSON.stringify(size).slice(0, 40)}`,
      ok(chunked, `5\r\nhello\r\n${size}\r\nhello\r\n0\r\n\r\n`),
    )
  ),
  cut("chunk size: malformed at once", ok(chunked, "x\r\nhello\r\n0\r\n\r\n")),
  cut("chunk: more data than the size", ok(chunked, "5\r\nhello world\r\n0\r\n\r\n")),
  cut("chunk: less data than the size", ok(chunked, "5\r\nhel\r\n0\r\n\r\n")),
  cut("chunk: LF after an extension", ok(chunked, "5;a=b\nhello\r\n0\r\n\r\n")),
  cut("chunk: LF after the last chunk's extension", ok(chunked, "5\r\nhello\r\n0;a\n\r\n")),
  cut("chunk: LF after the size", ok(chunked, "5\nhello\r\n0\r\n\r\n")),
  cut("chunk: LF after the data", ok(chunked, "5\r\nhello\n0\r\n\r\n")),
  cut("chunk: LF at the end", ok(chunked, "5\r\nhello\r\n0\r\n\n")),
  cut("chunk: another response in the place of a size", ok(chunked, `5\r\nhello\r\n${poison}`)),
  ...([
    ["in a size", "5\r\nhello\r\n1"],
    ["in the data", "5\r\nhel"],
    ["after the data", "5\r\nhello\r\n"],
    ["in the last chunk", "5\r\nhello\r\n0\r\n"],
    ["in the trailers", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n"],
    ["before the first chunk", ""],
  ] as const).map(([name, body]) =>
    cut(`truncated: chunked, ${name}`, ok(chunked, body), { then: "closes" })
  ),
  cut("truncated: chunked, to an HTTP/1.1 client that asked to close", ok(chunked, "5\r\nhel"), {
    then: "closes",
    requestFields: "Connection: close\r\n",
  }),
  cut("truncated: length, half of it", ok(five, "hel"), { then: "closes" }),
  cut("truncated: length, all of it", ok(five, ""), { then: "closes" }),
  cut(
    "truncated: length, the last of many octets",
    ok("Content-Length: 200000\r\n", "x".repeat(199_999)),
    {
      then: "closes",
    },
  ),
  cut("truncated: length, to an HTTP/1.0 client", ok(five, "hel"), {
    then: "closes",
    version: "HTTP/1.0",
  }),
  cut(
    "truncated: a length that nobody can fill",
    ok("Content-Length: 9007199254740991\r\n", "hello"),
    {
      then: "closes",
    },
  ),
];

export const responseBodyCases: readonly ResponseCase[] = [
  ...badLengths,
  ...badFramings,
  ...badCodings,
  ...goodFramings,
  ...trailers,
  ...broken,
];
