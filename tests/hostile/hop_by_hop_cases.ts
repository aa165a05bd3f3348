/**
 * What is said to the proxy alone: Connection and what it names, upgrades, Expect, credentials of the
 * client's own (RFC 9110 sections 7.6.1, 7.8 and 10.1.1; invariant I3).
 *
 * @module
 */

import { forwarded, get, post, refused, type RequestCase } from "./request_case.ts";

const options: readonly RequestCase[] = [
  forwarded(
    "Connection: authorization does not take ours away",
    get("Connection: authorization\r\n"),
  ),
  forwarded(
    "Connection: what it names is dropped, on every line",
    get(
      "Connection: x-a\r\nX-A: 1\r\nconnection: ,, X-B ,\r\nX-B: 2\r\nX-C: 3\r\n",
    ),
    { has: ["x-c: 3"], lacks: ["x-a", "x-b", "connection"] },
  ),
  forwarded("Connection: cookie takes cookies away", get("Connection: cookie\r\nCookie: a=b\r\n"), {
    lacks: ["cookie"],
  }),
  forwarded("Connection: empty members", get("Connection: ,,, ,\r\nX-A: 1\r\n"), {
    has: ["x-a: 1"],
  }),
  forwarded("Connection: itself", get("Connection: connection\r\n"), { lacks: ["connection"] }),
  forwarded(
    "Connection: a thousand names",
    get(
      `Connection: ${
        Array.from({ length: 1000 }, (_, n) => `x-${n}`).join()
      }\r\nX-999: 1\r\nX-A: 1\r\n`,
    ),
    { has: ["x-a: 1"], lacks: ["x-999"] },
  ),
  forwarded(
    "Connection: text that is no name",
    get('Connection: "x, \xff, a b, ()\r\nX-A: 1\r\n'),
    {
      has: ["x-a: 1"],
    },
  ),
  forwarded("Connection: close", get("Connection: close\r\n"), {
    marker: "not answered",
    lacks: ["connection"],
  }),
  forwarded(
    "Connection: close beside keep-alive",
    get("Connection: keep-alive\r\nConnection: CLOSE\r\n"),
    {
      marker: "not answered",
      lacks: ["connection"],
    },
  ),
  forwarded("Connection: closed is not close", get("Connection: closed\r\n")),
  refused("Connection: host", get("Connection: host\r\n")),
  refused("Connection: Host among others", get("Connection: keep-alive, x-a,HOST\r\n")),
  refused(
    "Connection: content-length",
    post("Connection: content-length\r\nContent-Length: 5\r\n", "hello"),
  ),
  refused("Connection: Content-Length without one", get("Connection: Content-Length\r\n")),
  refused("Connection: a control character", get("Connection: close\0\r\n")),
  forwarded(
    "Keep-Alive and Proxy-*: not passed on",
    get(
      "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nProxy-Authorization: Basic eA==\r\n" +
        "PROXY-AUTHORIZATION: Basic eQ==\r\nProxy-Authenticate: Basic\r\n",
    ),
    {
      lacks: ["keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate"],
    },
  ),
  forwarded(
    "TE: trailers is passed on if Connection names it",
    get("Connection: TE\r\nTE: trailers\r\n"),
    {
      has: ["connection: TE", "te: trailers"],
    },
  ),
  forwarded("TE: chunked and gzip are not", get("Connection: TE\r\nTE: chunked, gzip;q=1\r\n"), {
    lacks: ["te", "connection"],
  }),
  forwarded(
    "HTTP/1.0 keep-alive: answered and closed",
    get("Connection: keep-alive\r\n").replace("1.1", "1.0"),
    {
      marker: "not answered",
      lacks: ["connection"],
    },
  ),
];

const upgrades: readonly RequestCase[] = [
  forwarded(
    "Upgrade: h2c is not passed on",
    get(
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
    ),
    { lacks: ["upgrade", "http2-settings", "connection"] },
  ),
  forwarded("Upgrade: h2c without HTTP2-Settings", get("Connection: Upgrade\r\nUpgrade: h2c\r\n"), {
    lacks: ["upgrade", "connection"],
  }),
  forwarded(
    "Upgrade: HTTP2-Settings that Connection does not name",
    get("HTTP2-Settings: AAMA\r\n"),
    {
      lacks: ["http2-settings"],
    },
  ),
  // Node hands the connection to whoever upgrades; that is the end of what llhttp reads of it.
  forwarded(
    "Upgrade: h2c beside websocket",
    get("Connection: upgrade\r\nUpgrade: h2c, websocket\r\n"),
    {
      refusedBy: ["llhttp"],
      has: ["upgrade: websocket", "connection: Upgrade"],
    },
  ),
  forwarded("Upgrade: not named in Connection", get("Upgrade: websocket\r\n"), {
    lacks: ["upgrade"],
  }),
  forwarded("Upgrade: of a POST", post("Connection: upgrade\r\nUpgrade: websocket\r\n", ""), {
    lacks: ["upgrade", "connection"],
  }),
  forwarded(
    "Upgrade: with a body",
    post(
      "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n",
      "hello",
    ).replace("POST", "GET"),
    { method: "GET", body: "hello", lacks: ["upgrade", "connection"] },
  ),
  forwarded(
    "Upgrade: with a chunked body",
    post(
      "Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n",
      "5\r\nhello\r\n0\r\n\r\n",
    ).replace("POST", "GET"),
    { method: "GET", body: "hello", lacks: ["upgrade", "connection"] },
  ),
  ...[
    "TLS/1.3",
    "HTTP/2.0",
    "h2",
    "h3",
    "SPDY/3.1",
    "websocket/13",
    "xwebsocket",
    "websocket;x",
    "",
    ",",
    "connect-udp",
  ]
    .map((protocol) =>
      forwarded(
        `Upgrade: ${JSON.stringify(protocol)} is not passed on`,
        get(`Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`),
        { lacks: ["upgrade", "connection"] },
      )
    ),
  forwarded(
    "Upgrade: on HTTP/1.0",
    get("Connection: Upgrade\r\nUpgrade: websocket\r\n").replace("1.1", "1.0"),
    {
      marker: "not answered",
      lacks: ["upgrade", "connection"],
    },
  ),
];

const expectations: readonly RequestCase[] = [
  forwarded(
    "Expect: 100-continue with the body at once",
    post(
      "Expect: 100-continue\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { body: "hello", has: ["expect: 100-continue"] },
  ),
  forwarded("Expect: 100-continue without a body", get("Expect: 100-continue\r\n")),
  forwarded(
    "Expect: in capitals, chunked",
    post(
      "EXPECT: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n",
      "5\r\nhello\r\n0\r\n\r\n",
    ),
    { body: "hello" },
  ),
  forwarded("Expect: something else", post("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), {
    body: "hello",
  }),
  forwarded(
    "Expect: twice",
    post(
      "Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { body: "hello", refusedBy: ["nginx"] },
  ),
  forwarded(
    "Expect: a request as its value",
    post(
      "Expect: y 100-continue GET /x HTTP/1.1\r\nContent-Length: 5\r\n",
      "hello",
    ),
    { body: "hello" },
  ),
];

const credentials: readonly RequestCase[] = [
  forwarded("Authorization: the client's goes", get("Authorization: Bearer mine\r\n")),
  forwarded(
    "Authorization: all of them go",
    get(
      "Authorization: mine\r\nAUTHORIZATION: mine\r\nauthorization:\r\nAuThOrIzAtIoN: mine\r\n",
    ),
  ),
  forwarded(
    "Authorization: named in Connection beside the client's",
    get(
      "Connection: authorization, close\r\nAuthorization: mine\r\n",
    ),
    { marker: "not answered" },
  ),
  refused("Authorization: folded", get("Authorization:\r\n Bearer mine\r\n")),
  refused("Authorization: space before the colon", get("Authorization : Bearer mine\r\n")),
];

export const hopByHopCases: readonly RequestCase[] = [
  ...options,
  ...upgrades,
  ...expectations,
  ...credentials,
];
