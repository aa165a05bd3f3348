/**
 * The chunked coding itself: sizes, extensions, line ends, trailers (RFC 9112 section 7.1).
 *
 * @module
 */

import {
  abandoned,
  chunked,
  cut,
  forwarded,
  host,
  type RequestCase,
  special,
} from "./request_case.ts";

const last = "0\r\n\r\n";

const badSizes: readonly RequestCase[] = [
  "",
  " 5",
  "5 ",
  "5\t",
  "\t5",
  "+5",
  "-5",
  "-0",
  "0x5",
  "0X5",
  "x5",
  "5h",
  "g",
  "G",
  "5.0",
  "5_",
  "5,",
  "5:",
  "\\5",
  '"5"',
  "5\0",
  "\x005",
  "5\x0b",
  "5\xa0",
  "\xef\xbc\x95",
  "FFFFFFFFFFFFFFFF",
  "fffffffffffffffe",
  "7fffffffffffffff",
  "8000000000000005",
  "10000000000000005",
  "100000000000000000000005",
  "20000000000000",
  "00000000000000005",
  "00000000000000000000000000000000000000005",
  "5\r",
  "5\n",
  "5\r\r",
  "\n5",
  "\r\n5",
  "5 5",
  "5\r\n ",
  "%35",
].map((size) => cut(`chunk size: ${JSON.stringify(size)}`, chunked(`${size}\r\nhello\r\n${last}`)));

const goodSizes: readonly RequestCase[] = [
  ...["5", "05", "0000000000000005"].map((size) =>
    forwarded(`chunk size: ${size}`, chunked(`${size}\r\nhello\r\n${last}`), { body: "hello" })
  ),
  ...["a", "A", "0a", "0A"].map((size) =>
    forwarded(`chunk size: ${size} is ten`, chunked(`${size}\r\nhellohello\r\n${last}`), {
      body: "hellohello",
    })
  ),
  ...["00", "0000000000000000", "0;x", "000;a=b"].map((size) =>
    forwarded(`chunk size: ${size} is the last`, chunked(`5\r\nhello\r\n${size}\r\n\r\n`), {
      body: "hello",
    })
  ),
  forwarded("chunk: the body may be empty", chunked(last)),
  forwarded("chunk: data that looks like the last chunk", chunked(`7\r\n0\r\n\r\nGE\r\n${last}`), {
    body: "0\r\n\r\nGE",
  }),
  forwarded("chunk: one octet at a time", chunked("1\r\nx\r\n".repeat(300) + last), {
    body: "x".repeat(300),
  }),
  abandoned("chunk size: 2^32 + 5 is no 5", chunked(`100000005\r\nhello\r\n${last}`)),
  abandoned("chunk size: 5a is ninety, extension or not", chunked(`5a;\r\nhello\r\n${last}`)),
  abandoned("chunk size: 2^31 is not negative", chunked(`80000000\r\nhello\r\n${last}`)),
  abandoned("chunk size: 2^52 - 1", chunked(`fffffffffffff\r\nhello\r\n${last}`)),
  abandoned("chunk: broken off in the size", chunked("5")),
  abandoned("chunk: broken off in the data", chunked("5\r\nhel")),
  abandoned("chunk: broken off after the data", chunked("5\r\nhello\r\n")),
  abandoned("chunk: broken off in the last chunk", chunked("5\r\nhello\r\n0\r\n")),
  abandoned("chunk: broken off in the trailers", chunked("5\r\nhello\r\n0\r\nX: y\r\n")),
];

const badLines: readonly RequestCase[] = ([
  ["LF after the size", `5\nhello\r\n${last}`],
  ["CR after the size", `5\rhello\r\n${last}`],
  ["CR CR LF after the size", `5\r\r\nhello\r\n${last}`],
  ["LF CR after the size", `5\n\rhello\r\n${last}`],
  ["LF after an extension", `5;a=b\nhello\r\n${last}`],
  ["LF after an empty extension", `5;\nhello\r\n${last}`],
  ["CR after an extension", `5;a=b\rhello\r\n${last}`],
  ["LF after the last chunk's extension", "5\r\nhello\r\n0;a=b\n\r\n"],
  // An extension that hides a chunk from whoever takes the LF for its end, and the other way round.
  ["a chunk in another's extension", `2;\nxx\r\n4f\r\n0\r\n\r\n${"x".repeat(74)}\r\n${last}`],
  ["LF after the data", `5\r\nhello\n${last}`],
  ["CR after the data", `5\r\nhello\r${last}`],
  ["nothing after the data", `5\r\nhello${last}`],
  ["two octets of anything after the data", `5\r\nhelloXX${last}`],
  ["an empty line after the data", `5\r\nhello\r\n\r\n${last}`],
  ["more data than the size", `5\r\nhello world\r\n${last}`],
  ["less data than the size", `5\r\nhel\r\n${last}`],
  ["LF after the last size", "5\r\nhello\r\n0\n\r\n"],
  ["LF LF at the end", "5\r\nhello\r\n0\n\n"],
  ["LF in the place of the empty line", "5\r\nhello\r\n0\r\n\n"],
  ["CR CR LF at the end", "5\r\nhello\r\n0\r\n\r\r\n"],
  ["no empty line at the end", "5\r\nhello\r\n0\r\n"],
  ["no last chunk at all", "5\r\nhello\r\n"],
  ["an empty line before the first size", `\r\n5\r\nhello\r\n${last}`],
  ["a body without chunks", "hello"],
] as const).map(([name, body]) => cut(`chunk: ${name}`, chunked(body)));

const goodExtensions: readonly RequestCase[] = [
  ";",
  ";a",
  ";a=b",
  ";a=b;c=d",
  ';a="b;c"',
  ';a="\\""',
  ';a="',
  ";a=\xff",
  "; a = b",
  ";\t",
  ";a=b ",
  ";;;",
  `;${"a".repeat(255)}`,
  ";5\x20hello",
].map((extension) =>
  forwarded(
    `chunk extension: ${JSON.stringify(extension).slice(0, 40)} is dropped`,
    chunked(`5${extension}\r\nhello\r\n${last}`),
    { body: "hello" },
  )
);

const badExtensions: readonly RequestCase[] = [
  ";a=b\nx",
  ';a="b\nc"',
  ";\n",
  ";a\rb",
  ";a\r\r",
  ";\0",
  ";a=\x7f",
  ";a=\x0b",
  ";\x1b[31m",
  " ;a=b",
  "\t;a=b",
  `;${"a".repeat(300)}`,
  `;${"a".repeat(70_000)}`,
  ";a=b\r\n ",
  "=a",
  "&a",
  ",a",
].map((extension) =>
  cut(
    `chunk extension: ${JSON.stringify(extension).slice(0, 40)} of ${extension.length} octets`,
    chunked(`5${extension}\r\nhello\r\n${last}`),
  )
);

function withTrailers(lines: string): string {
  return chunked(`5\r\nhello\r\n0\r\n${lines}\r\n`);
}

const trailers: readonly RequestCase[] = [
  forwarded("trailers: passed on", withTrailers("X-Sum: 1\r\nX-Empty:\r\n"), {
    body: "hello",
    trailers: ["x-sum: 1", "x-empty: "],
  }),
  ...[
    "Content-Length: 99",
    "Transfer-Encoding: chunked",
    "Host: evil.com",
    "Authorization: Bearer mine",
    "Connection: close",
    "Keep-Alive: x",
    "Proxy-Authorization: Basic x",
    "Proxy-Connection: close",
    "Cookie: a=b",
    "Set-Cookie: a=b",
    "Trailer: Host",
    "TE: trailers",
    "Upgrade: h2c",
    "HTTP2-Settings: x",
    "Content-Type: x/y",
    "Content-Encoding: gzip",
    "AUTHORIZATION: mine",
  ].map((line) =>
    forwarded(`trailers: ${line} is dropped`, withTrailers(`${line}\r\nX-Sum: 1\r\n`), {
      body: "hello",
      trailers: ["x-sum: 1"],
    })
  ),
  ...([
    ["folded", "X: y\r\n z\r\n"],
    ["folded at once", " X: y\r\n"],
    ["a space before the colon", "X : y\r\n"],
    ["no colon", "X\r\n"],
    ["no name", ": y\r\n"],
    ["a bare LF", "X: y\nZ: z\r\n"],
    ["a bare CR", "X: y\rZ: z\r\n"],
    ["a NUL", "X: \0\r\n"],
    ["a NUL in the name", "X\0: y\r\n"],
    ["a request", `GET /smuggled HTTP/1.1\r\n${host}`],
    ["too many lines", "X: y\r\n".repeat(65)],
    ["too many octets", `X: ${"y".repeat(9000)}\r\n`],
  ] as const).map(([name, lines]) => cut(`trailers: ${name}`, withTrailers(lines))),
  special("trailers: a line end too many is no part of them", withTrailers("X: y\r\n") + "\r\n", {
    upstream: [{ method: "POST", target: "/x", body: "hello", trailers: ["x: y"] }],
    client: [200, 400],
    marker: "not answered",
  }),
];

export const chunkCases: readonly RequestCase[] = [
  ...badSizes,
  ...goodSizes,
  ...badLines,
  ...goodExtensions,
  ...badExtensions,
  ...trailers,
];
