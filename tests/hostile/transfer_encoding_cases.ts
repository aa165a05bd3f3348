/**
 * Transfer-Encoding of a request, alone, twice and beside Content-Length (RFC 9112 sections 6.1 and
 * 6.3).
 *
 * @module
 */

import {
  chunked,
  forwarded,
  get,
  host,
  post,
  refused,
  type RequestCase,
  special,
} from "./request_case.ts";

const chunks = "5\r\nhello\r\n0\r\n\r\n";
const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;

const badCodings: readonly RequestCase[] = [
  "",
  "xchunked",
  "chunkedx",
  "chunked, identity",
  "identity, chunked",
  "gzip, chunked",
  "gzip,chunked",
  "chunked, gzip",
  "chunked, chunked",
  "chunked,",
  ",chunked",
  ", chunked",
  "chunked,,",
  "chunked;",
  "chunked;q=1",
  "chunked; a=b",
  "chunked ;a",
  "chunked\x0b",
  "\x0bchunked",
  "chunked\x0c",
  "chunked\xa0",
  "\xa0chunked",
  "chunked\0",
  "\0chunked",
  "chunked\x7f",
  '"chunked"',
  "'chunked'",
  "chunk ed",
  "chunked x",
  "x chunked",
  "chunked\tx",
  "identity",
  "gzip",
  "x-gzip",
  "deflate",
  "compress",
  "br",
  "trailers",
  "none",
  "cow",
  "{chunked}",
  "[chunked]",
  "chunked:x",
  "ch\xfcnked",
  "chun\xe2\x84\xaaed",
  "chunke",
  "hunked",
  "chunked\r\n ",
  "\r\n chunked",
  "chunked\r\n\tx",
  "identity\r\n , chunked",
  "chunked\rx",
  "chunked\\",
  "%63hunked",
].map((value) =>
  refused(
    `Transfer-Encoding: ${JSON.stringify(value)}`,
    post(`Transfer-Encoding: ${value}\r\n`, chunks),
  )
);

const goodCodings: readonly RequestCase[] = [
  ...["chunked", "Chunked", "CHUNKED", "chunked ", "chunked\t", "\tchunked", "  chunked \t"].map((
    value,
  ) =>
    forwarded(
      `Transfer-Encoding: ${JSON.stringify(value)} is chunked`,
      post(`Transfer-Encoding: ${value}\r\n`, chunks),
      { body: "hello" },
    )
  ),
  ...["transfer-encoding", "TRANSFER-ENCODING", "tRANSFER-eNCODING"].map((name) =>
    forwarded(`Transfer-Encoding: as ${name}`, post(`${name}:chunked\r\n`, chunks), {
      body: "hello",
    })
  ),
  ...["GET", "HEAD", "DELETE", "PUT"].map((method) =>
    forwarded(`Transfer-Encoding: a body of ${method}`, chunked(chunks).replace("POST", method), {
      method,
      body: "hello",
    })
  ),
  forwarded(
    "Transfer-Encoding: named in Connection",
    post(
      "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n",
      chunks,
    ),
    { body: "hello" },
  ),
  special(
    "Transfer-Encoding: another request after the last chunk",
    chunked(`0\r\n\r\n${smuggled}`),
    {
      upstream: [
        { method: "POST", target: "/x", body: "" },
        { method: "GET", target: "/smuggled", body: "" },
      ],
      client: [200, 200],
    },
  ),
  forwarded(
    "Transfer-Encoding: a name like it is another field",
    get("X-Transfer-Encoding: chunked\r\n"),
    {
      has: ["x-transfer-encoding: chunked"],
    },
  ),
  forwarded(
    "Content-Encoding: chunked is no framing",
    post(
      "Content-Encoding: chunked\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { body: "hello", has: ["content-encoding: chunked"] },
  ),
];

const both: readonly RequestCase[] = [
  ...([
    ["length first", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
    ["coding first", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"],
    ["length 0", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"],
    ["length of the chunks", `Content-Length: ${chunks.length}\r\nTransfer-Encoding: chunked\r\n`],
    ["coding identity", "Content-Length: 5\r\nTransfer-Encoding: identity\r\n"],
    ["coding unknown", "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n"],
    ["coding empty", "Content-Length: 5\r\nTransfer-Encoding:\r\n"],
    ["length malformed", "Content-Length: x\r\nTransfer-Encoding: chunked\r\n"],
    ["length empty", "Content-Length:\r\nTransfer-Encoding: chunked\r\n"],
    [
      "length named in Connection",
      "Connection: content-length\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ],
    [
      "coding named in Connection",
      "Connection: transfer-encoding\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ],
    ["space before the coding's colon", "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n"],
    ["tab before the coding's colon", "Content-Length: 5\r\nTransfer-Encoding\t: chunked\r\n"],
    ["vertical tab before the coding", "Content-Length: 5\r\nTransfer-Encoding:\x0bchunked\r\n"],
    ["NUL in the coding's name", "Content-Length: 5\r\nTransfer\0-Encoding: chunked\r\n"],
    ["space before the coding's name", "Content-Length: 5\r\n Transfer-Encoding: chunked\r\n"],
    ["coding after a bare LF", "Content-Length: 5\r\nX: y\nTransfer-Encoding: chunked\r\n"],
    ["coding after a bare CR", "Content-Length: 5\r\nX: y\rTransfer-Encoding: chunked\r\n"],
    ["coding on a folded line", "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n"],
    ["space before the length's colon", "Transfer-Encoding: chunked\r\nContent-Length : 5\r\n"],
    [
      "two codings",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n",
    ],
  ] as const).map(([name, fields]) => refused(`both framings: ${name}`, post(fields, chunks))),
  refused(
    "both framings: CL.TE",
    post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"),
  ),
  refused(
    "both framings: TE.CL",
    post(
      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ),
  ),
  ...([
    ["chunked, chunked", "chunked", "chunked"],
    ["chunked, identity", "chunked", "identity"],
    ["identity, chunked", "identity", "chunked"],
    ["chunked, nothing", "chunked", ""],
    ["nothing, chunked", "", "chunked"],
    ["gzip, chunked", "gzip", "chunked"],
    ["chunked, cow", "chunked", "cow"],
  ] as const).map(([name, a, b]) =>
    refused(
      `Transfer-Encoding twice: ${name}`,
      post(`Transfer-Encoding: ${a}\r\nTransfer-encoding: ${b}\r\n`, chunks),
    )
  ),
  refused("Transfer-Encoding: on HTTP/1.0", chunked(chunks).replace("1.1", "1.0")),
  refused(
    "both framings: on HTTP/1.0",
    post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks).replace("1.1", "1.0"),
  ),
];

export const transferEncodingCases: readonly RequestCase[] = [
  ...badCodings,
  ...goodCodings,
  ...both,
];
