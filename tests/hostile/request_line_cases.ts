/**
 * The start of a request: what stands before it, method, target, version and line ends
 * (RFC 9112 sections 2.2 and 3).
 *
 * @module
 */

import {
  forwarded,
  get,
  host,
  post,
  refused,
  refusedAndKept,
  type RequestCase,
} from "./request_case.ts";

function line(requestLine: string): string {
  return `${requestLine}\r\n${host}\r\n`;
}

// RFC 9112 section 2.2 lets a server ignore an empty line before a request. We are stricter.
const before: readonly RequestCase[] = ([
  ["an empty line", "\r\n"],
  ["two empty lines", "\r\n\r\n"],
  ["a bare LF", "\n"],
  ["a bare CR", "\r"],
  ["CR CR LF", "\r\r\n"],
  ["a space", " "],
  ["a tab", "\t"],
  ["a vertical tab", "\x0b"],
  ["a NUL", "\0"],
  ["a control character", "\x01"],
  ["a byte order mark", "\xef\xbb\xbf"],
  ["NBSP", "\xa0"],
  ["a TLS record", "\x16\x03\x01"],
  ["a field line", "X: y\r\n"],
  ["a chunk's end", "0\r\n\r\n"],
] as const).map(([name, octets]) => refused(`${name} before the request line`, octets + get("")));

const badMethods: readonly RequestCase[] = [
  "GET\t/x",
  "GET\x0b/x",
  "GET\xa0/x",
  "GET\r/x",
  "GET/x",
  "G\0ET /x",
  "G(T /x",
  "GET: /x",
  "G\xe9T /x",
  '"GET" /x',
  "[GET] /x",
  "{GET} /x",
  "GET, /x",
  "G=T /x",
  "G;T /x",
  "G/T /x",
  "G@T /x",
  "G\\T /x",
  "G\x7fT /x",
  "G ET /x",
  "<GET> /x",
  "GET? /x",
  "",
].map((start) => refused(`method: ${JSON.stringify(start)}`, line(`${start} HTTP/1.1`)));

const goodMethods: readonly RequestCase[] = [
  forwarded("method: lower case is another method", line("get /x HTTP/1.1"), {
    method: "get",
    refusedBy: ["llhttp", "nginx"],
  }),
  forwarded("method: mixed case is another method", line("Get /x HTTP/1.1"), {
    method: "Get",
    refusedBy: ["llhttp", "nginx"],
  }),
  forwarded("method: M-SEARCH", line("M-SEARCH /x HTTP/1.1"), { method: "M-SEARCH" }),
  forwarded("method: nobody knows it", line("BREW /x HTTP/1.1"), {
    method: "BREW",
    refusedBy: ["llhttp"],
  }),
  forwarded("method: a prefix of another", line("GE /x HTTP/1.1"), {
    method: "GE",
    refusedBy: ["llhttp"],
  }),
  forwarded("method: every tchar", line("!#$%&'*+-.^_`|~09AZaz /x HTTP/1.1"), {
    method: "!#$%&'*+-.^_`|~09AZaz",
    refusedBy: ["llhttp", "nginx"],
  }),
  forwarded("method: a thousand letters", line(`${"A".repeat(1000)} /x HTTP/1.1`), {
    method: "A".repeat(1000),
    refusedBy: ["llhttp"],
  }),
  forwarded("method: PRI without HTTP/2", line("PRI /x HTTP/1.1"), {
    method: "PRI",
    refusedBy: ["llhttp"],
  }),
  refused("method: the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
  refused("method: CONNECT inside the tunnel", line("CONNECT api.github.com:443 HTTP/1.1")),
  refused("method: CONNECT elsewhere inside the tunnel", line("CONNECT evil.com:443 HTTP/1.1")),
  refused("method: CONNECT with a path", line("CONNECT /x HTTP/1.1")),
  refused(
    "method: CONNECT with a body",
    post("Content-Length: 5\r\n", "hello").replace("POST", "CONNECT"),
  ),
  refusedAndKept("method: TRACE", line("TRACE /x HTTP/1.1"), 403),
  refusedAndKept("method: TRACK", line("TRACK /x HTTP/1.1"), 403),
  refused(
    "method: TRACE with a body",
    `TRACE /x HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    403,
  ),
];

const badTargets: readonly RequestCase[] = [
  "GET  /x HTTP/1.1",
  "GET /x  HTTP/1.1",
  "GET /x\tHTTP/1.1",
  "GET \t/x HTTP/1.1",
  "GET HTTP/1.1",
  "GET  HTTP/1.1",
  "GET /x y HTTP/1.1",
  "GET /x\0y HTTP/1.1",
  "GET /x\x7f HTTP/1.1",
  "GET /x\x0by HTTP/1.1",
  "GET /x\x0cy HTTP/1.1",
  "GET /x\x1by HTTP/1.1",
  "GET /x\ry HTTP/1.1",
  "GET x HTTP/1.1",
  "GET ?q HTTP/1.1",
  "GET # HTTP/1.1",
  "GET /x#f HTTP/1.1",
  "GET * HTTP/1.1",
  "POST * HTTP/1.1",
  "OPTIONS ** HTTP/1.1",
  "GET \\x HTTP/1.1",
  "GET .. HTTP/1.1",
  "GET %2fx HTTP/1.1",
  "GET ;/x HTTP/1.1",
  "GET @/x HTTP/1.1",
  "GET \xa0/x HTTP/1.1",
  'GET "/x" HTTP/1.1',
  "GET api.github.com/x HTTP/1.1",
  "GET api.github.com:443 HTTP/1.1",
  "GET 127.0.0.1 HTTP/1.1",
].map((text) => refused(`target: ${JSON.stringify(text)}`, line(text)));

const goodTargets: readonly RequestCase[] = [
  "//evil.com/x",
  "/a/./b/..;/c",
  "/%0d%0aX:%20y",
  "/x%20HTTP/1.1%0d%0aHost:%20evil.com",
  "/x?",
  "/?",
  "/x?a=b?c=d",
  "/x?http://evil.com/",
  "/@evil.com",
  "/:443",
  "/x;HTTP/1.1",
  "/,HTTP/1.0",
].map((target) => forwarded(`target: ${target}`, line(`GET ${target} HTTP/1.1`), { target }));

// nginx decodes a path and refuses what leaves the root or cannot be decoded.
const targetsThatNginxRefuses: readonly RequestCase[] = [
  "/../../etc/passwd",
  "/%2e%2e%2fx",
  "/%00",
].map((target) =>
  forwarded(`target: ${target}`, line(`GET ${target} HTTP/1.1`), { target, refusedBy: ["nginx"] })
);

const oddTargets: readonly RequestCase[] = [
  // Whether they are an endpoint that the rule denies cannot be told.
  ...["/%zz", "/%"].map((target) => refused(`target: ${target}`, line(`GET ${target} HTTP/1.1`))),
  forwarded("target: characters that a URI cannot have", line('GET /"<>\\^`{|} HTTP/1.1'), {
    target: '/"<>\\^`{|}',
  }),
  forwarded("target: octets from 0x80 up", line("GET /\xff\x80 HTTP/1.1"), {
    target: "/\xff\x80",
    refusedBy: ["llhttp", "h11"],
  }),
  forwarded("target: NBSP where a space would end it", line("GET /x\xa0HTTP/1.0 HTTP/1.1"), {
    target: "/x\xa0HTTP/1.0",
    refusedBy: ["llhttp", "h11"],
  }),
  forwarded("target: UTF-8", line("GET /\xe2\x82\xac HTTP/1.1"), {
    target: "/\xe2\x82\xac",
    refusedBy: ["llhttp", "h11"],
  }),
  forwarded("target: 60,000 octets", line(`GET /${"a".repeat(60_000)} HTTP/1.1`), {
    target: `/${"a".repeat(60_000)}`,
  }),
  refused("target: longer than a head may be", line(`GET /${"a".repeat(66_000)} HTTP/1.1`), 431),
  forwarded("target: * of OPTIONS", line("OPTIONS * HTTP/1.1"), {
    method: "OPTIONS",
    target: "*",
    refusedBy: ["nginx"],
  }),
  forwarded("target: a path of OPTIONS", line("OPTIONS /x HTTP/1.1"), { method: "OPTIONS" }),
];

const badVersions: readonly RequestCase[] = [
  "",
  "HTTP/0.9",
  "HTTP/1.2",
  "HTTP/1.9",
  "HTTP/1.10",
  "HTTP/1.01",
  "HTTP/01.1",
  "HTTP/1,1",
  "HTTP/1",
  "HTTP/1.",
  "HTTP/.1",
  "HTTP/11",
  "HTTP/2",
  "HTTP/2.0",
  "HTTP/3",
  "HTTP/9.9",
  "http/1.1",
  "Http/1.1",
  "HTTP /1.1",
  "HTTP/ 1.1",
  "HTTP/1 .1",
  "HTTPS/1.1",
  "HTTP/+1.1",
  "HTTP/-1.1",
  "HTTP/1.-1",
  "HTTP/1.1.1",
  "HTTP/1.1\0",
  "HTTP/1.1 ",
  "HTTP/1.1\t",
  "HTTP/1.1\x0b",
  "HTTP/1.1\r",
  "HTTP/1.1;x",
  "HTTP/1.1/x",
  "HTTP/1.1 HTTP/1.1",
  "HTTP/1.0 HTTP/1.1",
  "HTTP/1.\xb9",
  "HTTP/1.x",
  "HTTP/1.1x",
  "xHTTP/1.1",
  "RTSP/1.0",
  "SIP/2.0",
  "HTTP\\1.1",
  "HTTP/0x1.1",
  "HTTP/4294967297.1",
].map((version) => refused(`version: ${JSON.stringify(version)}`, line(`GET /x ${version}`)));

const lineEnds: readonly RequestCase[] = [
  refused("version: HTTP/0.9 has none, and no fields", "GET /x\r\n"),
  refused("version: none, and an empty line", "GET /x\r\n\r\n"),
  refused("line end: LF everywhere", get("").replaceAll("\r\n", "\n")),
  refused("line end: LF after the request line", `GET /x HTTP/1.1\n${host}\r\n`),
  refused("line end: LF after a field", `GET /x HTTP/1.1\r\nHost: api.github.com\n\r\n`),
  refused("line end: LF LF at the end", "GET /x HTTP/1.1\r\nHost: api.github.com\n\n"),
  refused("line end: CRLF LF at the end", `GET /x HTTP/1.1\r\n${host}\n`),
  refused("line end: LF CRLF at the end", `GET /x HTTP/1.1\r\nHost: api.github.com\n\r\n`),
  refused("line end: CR everywhere", get("").replaceAll("\r\n", "\r")),
  refused("line end: CR after the request line", `GET /x HTTP/1.1\r${host}\r\n`),
  refused("line end: CR CR LF", `GET /x HTTP/1.1\r\r\n${host}\r\n`),
  refused("line end: LF CR", `GET /x HTTP/1.1\n\r${host}\n\r`),
  refused("line end: CR before the last CRLF", `GET /x HTTP/1.1\r\n${host}\r\r\n\r\n`),
  refused("line end: NUL in the place of CR", `GET /x HTTP/1.1\0\n${host}\r\n`),
  refused("line end: NEL (0x85)", `GET /x HTTP/1.1\x85${host}\r\n\r\n`),
  refused("line end: U+2028 in UTF-8", `GET /x HTTP/1.1\xe2\x80\xa8${host}\r\n\r\n`),
];

export const requestLineCases: readonly RequestCase[] = [
  ...before,
  ...badMethods,
  ...goodMethods,
  ...badTargets,
  ...goodTargets,
  ...targetsThatNginxRefuses,
  ...oddTargets,
  ...badVersions,
  ...lineEnds,
];
