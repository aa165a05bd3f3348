/**
 * The world of those who want a credential to go somewhere else: every destination but those of the
 * rules ends at the attacker's own servers, which have a certificate for every name that is tried.
 *
 * @module
 */

import type { AttackCase, Evidence } from "./attack_case.ts";
import { AttackWorld, type WorldOptions } from "./attack_world.ts";
import { inClear, throughTunnel, type TunnelProbe } from "./probe.ts";
import { attackersToken } from "./secrets.ts";
import { type Answer, answerTarget, reply } from "./witness_server.ts";

/** Names under which the attacker has servers. */
const evilNames = [
  "evil.example",
  "*.evil.example",
  "api.github.com.evil.example",
  "a.corp.test.evil.example",
  "evilcorp.test",
  "corp.test",
  "xapi.github.com",
  "x.api.github.com",
  "evilgithub.com",
  "api.github.com",
  "api-github.com",
  "localhost",
  "xn--pi-7ka.github.com",
  "198.51.100.9",
  "2001:db8::9",
];

const redirects: Readonly<Record<string, string>> = {
  "/redirect/multiple": "300 Multiple Choices",
  "/redirect/moved": "301 Moved Permanently",
  "/redirect/found": "302 Found",
  "/redirect/see": "303 See Other",
  "/redirect/use-proxy": "305 Use Proxy",
  "/redirect/temporary": "307 Temporary Redirect",
  "/redirect/permanent": "308 Permanent Redirect",
  "/redirect/unauthorized": "401 Unauthorized",
  "/redirect/proxy": "407 Proxy Authentication Required",
  "/redirect/misdirected": "421 Misdirected Request",
  "/redirect/retry": "425 Too Early",
  "/redirect/unavailable": "503 Service Unavailable",
};

/** A service that can be made to send its callers elsewhere, as those with open redirects can. */
const answerGithub: Answer = async (request, connection) => {
  const status = redirects[request.target];
  if (status === undefined) return await answerTarget(request, connection);
  const elsewhere = "https://evil.example/collect";
  const fields = [
    `Location: ${elsewhere}`,
    `Content-Location: ${elsewhere}`,
    `Refresh: 0; url=${elsewhere}`,
    'Alt-Svc: h2="evil.example:443"; ma=3600; persist=1, http/1.1="evil.example:443"',
    'WWW-Authenticate: Bearer realm="https://evil.example/token"',
    'Proxy-Authenticate: Basic realm="evil"',
    "Retry-After: 0",
    "Content-Length: 0",
  ];
  await reply(connection, `HTTP/1.1 ${status}\r\n${fields.join("\r\n")}\r\n\r\n`);
  return "keeps";
};

export const redirectPaths = Object.keys(redirects);

/** @param options More arguments, to open a guard for a control. */
export async function startSteerWorld(
  options: Pick<WorldOptions, "args"> = {},
): Promise<AttackWorld> {
  return await AttackWorld.start({
    args: ["--rule", "*.corp.test:8443,X-Api-Key,CORP_KEY", ...options.args ?? []],
    servers: [
      {
        name: "github",
        names: ["api.github.com", "github.com"],
        standsFor: ["api.github.com:443", "github.com:443"],
        mayHold: ["GITHUB_TOKEN"],
        answer: answerGithub,
      },
      {
        name: "claude",
        names: ["api.anthropic.com"],
        standsFor: ["api.anthropic.com:443"],
        mayHold: ["ANTHROPIC_API_KEY"],
      },
      {
        name: "corp",
        names: ["*.corp.test"],
        standsFor: ["a.corp.test:8443"],
        mayHold: ["CORP_KEY"],
      },
      { name: "evil in clear", standsFor: [":80", ":8080"] },
      { name: "evil", names: evilNames, standsFor: [":"] },
    ],
  });
}

/** Octets in a tunnel to GitHub's API, after which the connection ends. */
export function inTunnel(wants: string, request: string): AttackCase {
  return tunnelled(wants, { connect: "api.github.com:443", request });
}

export function tunnelled(wants: string, probe: TunnelProbe): AttackCase {
  return { wants, attempt: (world) => throughTunnel(world, probe) };
}

/** Octets to the proxy itself, without a tunnel. */
export function unTunnelled(wants: string, request: string): AttackCase {
  return { wants, attempt: (world) => inClear(world, request) };
}

/**
 * As {@linkcode tunnelled}, and the attacker has succeeded too if a rule's server has got a request
 * that `hidden` matches: one that no policy has seen, or that carries the attacker's own credential.
 */
export function smuggled(
  wants: string,
  { hidden = attackersToken, ...probe }: Partial<TunnelProbe> & {
    readonly request: string;
    readonly hidden?: string;
  },
): AttackCase {
  return {
    wants,
    attempt: async (world): Promise<Evidence> => {
      const servers = ["github", "claude", "corp"].map((name) => world.server(name));
      const before = servers.map(({ requests }) => requests.length);
      const { received } = await throughTunnel(world, { connect: "api.github.com:443", ...probe });
      const requests = servers.flatMap((server, index) => server.requests.slice(before[index]));
      const gained = requests
        .map(({ method, target, fields, trailers }) =>
          JSON.stringify([method, target, fields, trailers])
        )
        .filter((head) => head.includes(hidden))
        .map((head) => `A server has taken ${head}`);
      return { received, gained };
    },
  };
}
