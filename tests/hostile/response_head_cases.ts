/**
 * Status lines and field lines of a hostile upstream (RFC 9112 sections 4 and 5, RFC 9110 section
 * 7.6.1).
 *
 * @module
 */

import { ok, refused, relayed, type ResponseCase } from "./response_case.ts";

const hello = "Content-Length: 5\r\n\r\nhello";

const badStatusLines: readonly ResponseCase[] = [
  "HTTP/1.1 000 X",
  "HTTP/1.1 001 X",
  "HTTP/1.1 099 X",
  "HTTP/1.1 99 X",
  "HTTP/1.1 600 X",
  "HTTP/1.1 999 X",
  "HTTP/1.1 1000 X",
  "HTTP/1.1 2000 X",
  "HTTP/1.1 20",
  "HTTP/1.1 2 00 X",
  "HTTP/1.1 -200 X",
  "HTTP/1.1 +200 X",
  "HTTP/1.1 0x0 X",
  "HTTP/1.1 2e2 X",
  "HTTP/1.1 200OK",
  "HTTP/1.1 200,OK",
  "HTTP/1.1 200\tOK",
  "HTTP/1.1\t200 OK",
  "HTTP/1.1  200 OK",
  "HTTP/1.1",
  "HTTP/1.1 ",
  "HTTP/1.1 OK",
  "HTTP/1.2 200 OK",
  "HTTP/1.10 200 OK",
  "HTTP/2 200 OK",
  "HTTP/2.0 200 OK",
  "HTTP/0.9 200 OK",
  "HTTP 200 OK",
  "http/1.1 200 OK",
  "HTTPS/1.1 200 OK",
  "ICY 200 OK",
  "RTSP/1.0 200 OK",
  "200 OK",
  " HTTP/1.1 200 OK",
  "\0HTTP/1.1 200 OK",
  "\xef\xbb\xbfHTTP/1.1 200 OK",
  "\r\nHTTP/1.1 200 OK",
  "\nHTTP/1.1 200 OK",
  "HTTP/1.1 200 O\0K",
  "HTTP/1.1 200 O\x1b[2JK",
  "HTTP/1.1 200 O\x7fK",
  "HTTP/1.1 200 O\rK",
  "HTTP/1.1 200 OK\rSet-Cookie: a=b",
  "HTTP/1.1 200 OK\nSet-Cookie: a=b",
  "HTTP/1.1 200 OK\r",
  "HTTP/1.1 \xb2\xb0\xb0 OK",
  "HTTP/1.1 200\xa0OK",
  "hello",
  "SSH-2.0-OpenSSH_9.2p1",
  "GET / HTTP/1.1",
].map((line) => refused(`status line: ${JSON.stringify(line)}`, `${line}\r\n${hello}`));

const goodStatusLines: readonly ResponseCase[] = [
  relayed("status line: no reason", `HTTP/1.1 200 \r\n${hello}`),
  relayed("status line: no reason and no space", `HTTP/1.1 200\r\n${hello}`),
  relayed("status line: a reason of obs-text", `HTTP/1.1 200 \xe9\ttab\r\n${hello}`),
  relayed(
    "status line: a reason that looks like a field",
    `HTTP/1.1 200 Set-Cookie: a=b\r\n${hello}`,
    {
      expected: { lacks: ["set-cookie"] },
    },
  ),
  relayed(
    "status line: a reason with an escaped line end",
    `HTTP/1.1 200 OK%0d%0aX: y\r\n${hello}`,
    {
      expected: { lacks: ["x"] },
    },
  ),
  relayed("status line: HTTP/1.0", `HTTP/1.0 200 OK\r\n${hello}`),
  ...[201, 299, 302, 401, 407, 418, 421, 500, 502, 599].map((status) =>
    relayed(`status line: ${status} is the upstream's own`, `HTTP/1.1 ${status} X\r\n${hello}`, {
      expected: { status },
    })
  ),
];

const badFields: readonly ResponseCase[] = ([
  ["folded", "X: a\r\n b\r\n"],
  ["folded with a tab", "X: a\r\n\tb\r\n"],
  ["folded at once", " X: a\r\n"],
  ["folded with nothing", "X: a\r\n \r\n"],
  ["a space before the colon", "X : a\r\n"],
  ["a space in the name", "X Y: a\r\n"],
  ["a tab before the colon", "Content-Length\t: 5\r\n"],
  ["no colon", "X\r\n"],
  ["no name", ": a\r\n"],
  ["a NUL in the value", "X: a\0b\r\n"],
  ["a NUL in the name", "X\0: a\r\n"],
  ["an escape in the value", "X: \x1b[31m\r\n"],
  ["DEL in the value", "X: \x7f\r\n"],
  ["a vertical tab in the value", "X: \x0b\r\n"],
  ["obs-text in the name", "X\xe9: a\r\n"],
  ["a quoted name", '"X": a\r\n'],
  ["a bare CR", "X: a\rSet-Cookie: a=b\r\n"],
  ["a bare LF", "X: a\nSet-Cookie: a=b\r\n"],
  ["CR CR LF", "X: a\r\r\n"],
  ["LF CR", "X: a\n\rY: b\r\n"],
  ["201 lines", "X: a\r\n".repeat(200)],
  ["10,000 lines", "X: a\r\n".repeat(10_000)],
  ["a value longer than a head may be", `X: ${"a".repeat(70_000)}\r\n`],
  ["a name longer than a head may be", `${"a".repeat(70_000)}: a\r\n`],
] as const).map(([name, fields]) =>
  refused(`field: ${name}`, ok(`${fields}Content-Length: 5\r\n`, "hello"))
);

const lineEnds: readonly ResponseCase[] = [
  refused("line end: LF everywhere", ok("Content-Length: 5\r\n", "hello").replaceAll("\r\n", "\n")),
  refused(
    "line end: CR everywhere",
    ok("Content-Length: 5\r\n", "hello").replaceAll("\r\n", "\r"),
    {
      then: "closes",
    },
  ),
  refused("line end: LF after the status line", `HTTP/1.1 200 OK\n${hello}`),
  refused(
    "line end: LF in the place of the empty line",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello",
  ),
  refused("line end: LF LF", "HTTP/1.1 200 OK\r\nContent-Length: 5\n\nhello"),
  refused("head: nothing but the end", "", { then: "closes" }),
  refused("head: broken off in the status line", "HTTP/1.1 2", { then: "closes" }),
  refused("head: broken off in a field", "HTTP/1.1 200 OK\r\nContent-Le", { then: "closes" }),
  refused("head: broken off before the empty line", "HTTP/1.1 200 OK\r\nX: a\r\n", {
    then: "closes",
  }),
  refused("head: a line end and then the end", "\r\n", { then: "closes" }),
];

const passedFields: readonly ResponseCase[] = [
  relayed(
    "fields: what Connection names is dropped",
    ok(
      "Connection: x-a, close\r\nX-A: 1\r\nconnection: X-B\r\nX-B: 2\r\nX-C: 3\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { expected: { has: ["x-c: 3"], lacks: ["x-a", "x-b", "connection"] } },
  ),
  relayed(
    "fields: Connection cannot take the length away",
    ok(
      "Connection: content-length\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { expected: { has: ["content-length: 5"] } },
  ),
  relayed(
    "fields: hop-by-hop ones are dropped",
    ok(
      "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n" +
        "TE: trailers\r\nProxy-Authentication-Info: x\r\nContent-Length: 5\r\n",
      "hello",
    ),
    {
      expected: {
        lacks: [
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "upgrade",
          "te",
          "proxy-authentication-info",
        ],
      },
    },
  ),
  relayed(
    "fields: Alt-Svc would lead around us",
    ok(
      'Alt-Svc: h3=":443"\r\nALT-SVC: clear\r\nContent-Length: 5\r\n',
      "hello",
    ),
    { expected: { lacks: ["alt-svc"] } },
  ),
  relayed(
    "fields: Proxy-Status is ours to say",
    ok(
      "Proxy-Status: auth-proxy; error=x\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { expected: { lacks: ["proxy-status"] } },
  ),
  relayed(
    "fields: every Set-Cookie is kept",
    ok(
      "Set-Cookie: a=1\r\nset-cookie: b=2\r\nSet-Cookie: a=1\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { expected: { has: ["set-cookie: a=1", "set-cookie: b=2"] } },
  ),
  relayed(
    "fields: an escaped line end is text",
    ok(
      "Location: /%0d%0aSet-Cookie:%20a=b\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { expected: { has: ["location: /%0d%0aSet-Cookie:%20a=b"], lacks: ["set-cookie"] } },
  ),
  relayed(
    "fields: names with underscores, every tchar, obs-text in a value",
    ok(
      "Content_Length: 9\r\nTransfer_Encoding: chunked\r\nX_A: 1\r\n!#$%&'*+.^`|~: \xff\r\nContent-Length: 5\r\n",
      "hello",
    ),
    {
      expected: {
        has: ["x_a: 1", "!#$%&'*+.^`|~: \xff"],
        // Some would take them for the framing.
        lacks: ["content_length", "transfer_encoding"],
      },
    },
  ),
];

export const responseHeadCases: readonly ResponseCase[] = [
  ...badStatusLines,
  ...goodStatusLines,
  ...badFields,
  ...lineEnds,
  ...passedFields,
];
