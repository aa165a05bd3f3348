/**
 * Whom a request is for: Host and absolute-form against the tunnel's authority (RFC 9112 section 3.2,
 * invariant I1). The tunnel is for api.github.com:443.
 *
 * @module
 */

import { forwarded, refused, refusedAndKept, type RequestCase } from "./request_case.ts";

function withHost(value: string): string {
  return `GET /x HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
}

function absolute(target: string, lines = "Host: api.github.com\r\n"): string {
  return `GET ${target} HTTP/1.1\r\n${lines}\r\n`;
}

const malformedHosts: readonly RequestCase[] = [
  "",
  "user@api.github.com",
  "api.github.com:x@evil.com",
  "api.github.com@evil.com",
  "@api.github.com",
  "api.github.com/x",
  "evil.com/api.github.com",
  "api.github.com?x",
  "api.github.com#@evil.com",
  "api.github.com\\@evil.com",
  "api.github.com evil.com",
  "api.github.com, evil.com",
  "api.github.com,api.github.com",
  "api.github.com;x",
  "api.github.com:",
  "api.github.com:443:443",
  "api.github.com:0",
  "api.github.com:99999",
  "api.github.com:65536",
  "api.github.com:443x",
  "api.github.com:+443",
  "api.github.com:-1",
  "api.github.com:0x1bb",
  "api.github.com: 443",
  "api.github.com :443",
  "api.github.com:4294967739",
  "api.github.com..",
  ".api.github.com",
  "api..github.com",
  "[::1",
  "::1",
  "[api.github.com]",
  "[::ffff:127.0.0.1%25eth0]",
  "0x7f.1",
  "2130706433",
  "127.1",
  "0177.0.0.1",
  "api.github.com\xa0",
  "\xa0api.github.com",
  "api.github.com%00",
  "api%2egithub.com",
  "api\xe3\x80\x82github.com",
  "http://api.github.com",
  "//api.github.com",
  '"api.github.com"',
  "-api.github.com",
  "*.github.com",
  "api.github.com\0",
  "api\0.github.com",
  "api.github.com\x7f",
  "api.github.com\x0b",
  "a".repeat(64) + ".github.com",
  "a.".repeat(130) + "com",
].map((value) => refused(`Host: ${JSON.stringify(value).slice(0, 60)}`, withHost(value)));

const otherHosts: readonly RequestCase[] = [
  "evil.com",
  "api.github.com:80",
  "api.github.com:8443",
  "evil.api.github.com",
  "github.com",
  "api.github.com.evil.com",
  "api-github.com",
  "api_github.com",
  "xn--api.github.com",
  "127.0.0.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "localhost",
  "169.254.169.254",
].map((value) => refusedAndKept(`Host: ${value} is another authority`, withHost(value), 421));

const sameHosts: readonly RequestCase[] = [
  "api.github.com:443",
  "API.GitHub.COM",
  "api.github.com.",
  "api.github.com:0443",
  "\tapi.github.com \t",
].map((value) => forwarded(`Host: ${JSON.stringify(value)} is the same`, withHost(value)));

const manyHosts: readonly RequestCase[] = [
  refused("Host: missing", "GET /x HTTP/1.1\r\n\r\n"),
  refused("Host: missing with other fields", "GET /x HTTP/1.1\r\nX-Host: api.github.com\r\n\r\n"),
  refused("Host: twice the same", withHost("api.github.com\r\nHost: api.github.com")),
  refused("Host: twice, ours first", withHost("api.github.com\r\nHost: evil.com")),
  refused("Host: twice, ours last", withHost("evil.com\r\nHost: api.github.com")),
  refused("Host: twice in different case", withHost("api.github.com\r\nhOST: evil.com")),
  refused("Host: twice, one empty", withHost("api.github.com\r\nHost:")),
  refused("Host: folded", withHost("\r\n api.github.com")),
  refused("Host: continued", withHost("api.github.com\r\n .evil.com")),
  refused("Host: space before the colon", "GET /x HTTP/1.1\r\nHost : api.github.com\r\n\r\n"),
  refused(
    "Host: twice, one with a space before the colon",
    withHost("api.github.com\r\nHost : evil.com"),
  ),
  refused("Host: twice, one folded away", withHost("api.github.com\r\n Host: evil.com")),
  forwarded(
    "Host: other fields that name a host are no Host",
    withHost(
      "api.github.com\r\nX-Forwarded-Host: evil.com\r\nX-Host: evil.com\r\nForwarded: host=evil.com",
    ),
    { has: ["x-forwarded-host: evil.com", "x-host: evil.com"] },
  ),
  forwarded("Host: HTTP/1.0 may go without", "GET /x HTTP/1.0\r\n\r\n", { marker: "not answered" }),
  refused("Host: a pseudo-field", withHost("api.github.com\r\n:authority: evil.com")),
];

const absoluteForms: readonly RequestCase[] = [
  forwarded("absolute-form: the tunnel's", absolute("https://api.github.com/x")),
  forwarded("absolute-form: with the port", absolute("https://api.github.com:443/x")),
  forwarded("absolute-form: in capitals", absolute("HTTPS://API.GITHUB.COM/x")),
  forwarded("absolute-form: query without a path", absolute("https://api.github.com?x"), {
    target: "/?x",
  }),
  forwarded("absolute-form: neither path nor query", absolute("https://api.github.com"), {
    target: "/",
  }),
  forwarded(
    "absolute-form: another one in the path",
    absolute("https://api.github.com/https://evil.com"),
    {
      target: "/https://evil.com",
    },
  ),
  forwarded(
    "absolute-form: HTTP/1.0 without Host",
    "GET https://api.github.com/x HTTP/1.0\r\n\r\n",
    {
      marker: "not answered",
    },
  ),
  refused("absolute-form: http in the tunnel", absolute("http://api.github.com/x")),
  refused("absolute-form: without Host", absolute("https://api.github.com/x", "")),
  refused(
    "absolute-form: two Hosts",
    absolute("https://api.github.com/x", "Host: a\r\nHost: b\r\n"),
  ),
  refused("absolute-form: malformed Host", absolute("https://api.github.com/x", "Host: a@b\r\n")),
  refusedAndKept("absolute-form: not Host", absolute("https://evil.com/x"), 421),
  refusedAndKept(
    "absolute-form: not the tunnel's, though Host's",
    absolute("https://evil.com/x", "Host: evil.com\r\n"),
    421,
  ),
  refusedAndKept(
    "absolute-form: the tunnel's, though not Host's",
    absolute("https://api.github.com/x", "Host: evil.com\r\n"),
    421,
  ),
  refusedAndKept("absolute-form: another port", absolute("https://api.github.com:8443/x"), 421),
  ...[
    "https://user:pw@api.github.com/x",
    "https://api.github.com@evil.com/",
    "https:///x",
    "https://",
    "https:/api.github.com/x",
    "https:api.github.com/x",
    "https://api.github.com#f",
    "https://api.github.com\\@evil.com/x",
    "https://api.github.com:/x",
    "https://api.github.com:x/",
    "ftp://api.github.com/x",
    "wss://api.github.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "://api.github.com/x",
    "https://[::1/x",
    "https://%61pi.github.com/x",
    "https://api.github.com%2f@evil.com/",
  ].map((target) => refused(`absolute-form: ${target}`, absolute(target))),
];

export const hostCases: readonly RequestCase[] = [
  ...malformedHosts,
  ...otherHosts,
  ...sameHosts,
  ...manyHosts,
  ...absoluteForms,
];
