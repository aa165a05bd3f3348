import type { AttackCase } from "./attack_case.ts";
import { get } from "./probe.ts";
import { inTunnel, redirectPaths, tunnelled } from "./steer_world.ts";

/** Values of Host in a tunnel to api.github.com, each with what it plays on. */
const hosts: readonly (readonly [trick: string, value: string])[] = [
  ["another host", "evil.example"],
  ["another host and the port", "evil.example:443"],
  ["another port", "api.github.com:444"],
  ["userinfo that reads as the name", "api.github.com@evil.example"],
  ["userinfo with a password", "api.github.com:443@evil.example"],
  ["userinfo before the name", "evil.example@api.github.com"],
  ["the attacker's domain behind the name", "api.github.com.evil.example"],
  ["a NUL", "evil.example\0.api.github.com"],
  ["a percent-encoded NUL", "evil.example%00.api.github.com"],
  ["a blank", "evil.example api.github.com"],
  ["a tab", "api.github.com\tevil.example"],
  ["a comma list", "api.github.com, evil.example"],
  ["nothing", ""],
  ["a port alone", ":443"],
  ["a full-width letter", "\xef\xbd\x81pi.github.com"],
  ["punycode", "xn--pi-7ka.github.com"],
  ["a percent-encoded letter", "%65vil.example"],
  ["a percent-encoded dot", "api.github.com%2eevil.example"],
  ["a fragment", "api.github.com#.evil.example"],
  ["a path", "evil.example/api.github.com"],
  ["a query", "evil.example?.api.github.com"],
  ["a backslash", "evil.example\\.api.github.com"],
  ["a scheme", "https://evil.example"],
  ["an IP address", "198.51.100.9"],
  ["an address as one number", "3325256713"],
  ["an IPv6 address", "[2001:db8::9]"],
  ["two ports", "api.github.com:443:443"],
  ["a port with a zero", "api.github.com:0443x"],
  ["a port that wraps round to 443", "api.github.com:65979"],
  ["a second field in the same line", "api.github.com\rHost: evil.example"],
  ["a second line that continues it", "api.github.com\r\n .evil.example"],
  ["a second field", "api.github.com\r\nHost: evil.example"],
  ["a first field that is another", "evil.example\r\nHost: api.github.com"],
  ["the same twice", "api.github.com\r\nHost: api.github.com"],
  ["a bare line feed", "api.github.com\nHost: evil.example"],
  ["another rule's host", "api.anthropic.com"],
  ["another host of the same service", "github.com"],
  ["a wildcard", "*.github.com"],
  ["a quote", '"api.github.com"'],
];

/** Whole Host lines that some would read as Host, and others not. */
const hostLines: readonly (readonly [trick: string, lines: string])[] = [
  ["a blank before the colon", "Host: api.github.com\r\nHost : evil.example\r\n"],
  ["a NUL in the name", "Host: api.github.com\r\nHost\0: evil.example\r\n"],
  ["a blank before the name", " Host: evil.example\r\nHost: api.github.com\r\n"],
  ["no Host at all", ""],
  ["a vertical tab before the name", "Host: api.github.com\r\n\x0bHost: evil.example\r\n"],
  ["an underscore in the name", "Host: api.github.com\r\nX_Forwarded_Host: evil.example\r\n"],
  ["X-Forwarded-Host", "Host: api.github.com\r\nX-Forwarded-Host: evil.example\r\n"],
  ["Forwarded", "Host: api.github.com\r\nForwarded: for=1.2.3.4;host=evil.example;proto=https\r\n"],
  ["X-Original-URL", "Host: api.github.com\r\nX-Original-URL: https://evil.example/\r\n"],
  ["X-Rewrite-URL", "Host: api.github.com\r\nX-Rewrite-URL: https://evil.example/\r\n"],
  ["Destination", "Host: api.github.com\r\nDestination: https://evil.example/x\r\n"],
  ["Connection that names Host", "Host: api.github.com\r\nConnection: host\r\n"],
];

/** Request targets in a tunnel to api.github.com. */
const targets = [
  "https://evil.example/",
  "https://evil.example:443/",
  "http://api.github.com/",
  "http://evil.example/",
  "https://api.github.com@evil.example/",
  "https://evil.example@api.github.com/",
  "https://api.github.com:444/",
  "https://api.github.com.evil.example/",
  "https://api.github.com\\@evil.example/",
  "https://evil.example#@api.github.com/",
  "https://evil.example?@api.github.com/",
  "https:\\\\evil.example/",
  "https:///evil.example/",
  "https:/evil.example/",
  "https:evil.example",
  "HTTPS://EVIL.EXAMPLE/",
  "ftp://evil.example/",
  "file:///etc/passwd",
  "gopher://evil.example/",
  "javascript:evil",
  "//evil.example/",
  "///evil.example/",
  "/\\evil.example/",
  "\\\\evil.example\\",
  "/@evil.example/",
  "@evil.example/",
  ".evil.example/",
  ":444/",
  ":pass@evil.example/",
  "?@evil.example/",
  "#@evil.example/",
  "/..//evil.example/",
  "/%2f%2fevil.example/",
  "/%0d%0aHost:%20evil.example/",
  "evil.example:443",
  "evil.example",
  "*",
  "/ HTTP/1.1\r\nHost: evil.example\r\nX:",
  "/\tHTTP/1.1",
  "/\x0bevil",
];

/** Host, the request target and what a service answers, inside a tunnel to a rule's host. */
export const hostCases: readonly AttackCase[] = [
  ...hosts.map(([trick, value]) =>
    inTunnel(`GitHub's token elsewhere by a Host with ${trick}`, get(value))
  ),
  ...hostLines.map(([trick, lines]) =>
    inTunnel(
      `GitHub's token elsewhere by ${trick}`,
      `GET / HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`,
    )
  ),
  ...targets.map((path) =>
    inTunnel(
      `GitHub's token elsewhere by the request target ${JSON.stringify(path)}`,
      get("api.github.com", { path }),
    )
  ),
  inTunnel(
    "GitHub's token elsewhere by a target and a Host that agree on it",
    get("evil.example", { path: "https://evil.example/" }),
  ),
  inTunnel(
    "GitHub's token elsewhere by the second request of a tunnel",
    "GET /first HTTP/1.1\r\nHost: api.github.com\r\n\r\n" + get("evil.example"),
  ),
  inTunnel(
    "GitHub's token elsewhere by the second request of a tunnel, behind a body",
    "POST /first HTTP/1.1\r\nHost: api.github.com\r\nContent-Length: 5\r\n\r\nhello" +
      get("evil.example", { path: "https://evil.example/" }),
  ),
  inTunnel(
    "GitHub's token elsewhere by a CONNECT inside the tunnel",
    "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n" +
      get("evil.example"),
  ),
  inTunnel(
    "GitHub's token elsewhere by a CONNECT inside the tunnel to the tunnel's own host",
    "CONNECT api.github.com:443 HTTP/1.1\r\nHost: api.github.com:443\r\nConnection: close\r\n\r\n" +
      get("evil.example"),
  ),
  tunnelled("GitHub's token elsewhere by a kept connection of another tunnel's", {
    connect: "evil.example:443",
    request: "GET /kept HTTP/1.1\r\nHost: evil.example\r\n\r\n" + get("api.github.com"),
  }),
  ...redirectPaths.map((path) =>
    inTunnel(
      `GitHub's token to follow the answer ${path}`,
      `GET ${path} HTTP/1.1\r\nHost: api.github.com\r\n\r\n` + get("api.github.com"),
    )
  ),
];
