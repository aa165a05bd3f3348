/**
 * Ways to be taken for another agent, or for one at all, that the other dialects of the port might open:
 * SOCKS 5, TLS with the proxy itself, and clients that are turned to it; one in another; and one after
 * another on one connection.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RawClient } from "../support/proxy_client.ts";
import { askSocks } from "../support/socks_client.ts";
import { basic, devToken, oldToken, steal } from "./agent_cases.ts";
import type { AttackCase, Evidence } from "./attack_case.ts";
import type { AttackWorld } from "./attack_world.ts";
import { evidence, exchange, get, inClear } from "./probe.ts";

const vault = "vault.test";
const own = "/.well-known/auth-proxy";
const dev = basic(`dev:${devToken}`);
const asServer = `Authorization: Basic ${btoa(`dev:${devToken}`)}\r\n`;

/** What is shown in SOCKS, each with what it plays on. */
const pairs: readonly (readonly [trick: string, user: string, password: string])[] = [
  ["its own name and token", "dev", devToken],
  ["ci's name and its own token", "ci", devToken],
  ["ci's name and no token", "ci", ""],
  ["no name and its own token", "", devToken],
  ["no name and ci's name as the token", "", "ci"],
  ["no name and no token", "", ""],
  ["a NUL behind ci's name", "ci\0", devToken],
  ["a colon and its own name behind ci's", "ci:dev", devToken],
  ["ci's name in capitals", "CI", devToken],
  ["ci's name in full width", "\uff43\uff49", devToken],
  ["a name of 255 octets that begins with ci's", `ci${"\0".repeat(253)}`, devToken],
  ["the token of a revoked agent", "old", oldToken],
  ["ci's name and the token of a revoked agent", "ci", oldToken],
];

/** Octets in which who one is, is left out, skipped or sent too late. */
const sequences: readonly (readonly [what: string, octets: string])[] = [
  ["a greeting without a password", `\x05\x01\0${socksRequest()}`],
  ["no greeting", socksRequest()],
  ["a request in the place of a password", `\x05\x01\x02${socksRequest()}`],
  ["both methods, and a request at once", `\x05\x02\0\x02${socksRequest()}`],
  ["a wrong password, and a request at once", `\x05\x01\x02\x01\x02ci\x01x${socksRequest()}`],
  ["a password that it is not asked for", `\x05\x01\0\x01\x02ci\x01x${socksRequest()}`],
  ["a method that there is not", `\x05\x01\x80${socksRequest()}`],
  ["a greeting of version 4", `\x04\x01\x01\xbb\0\0\0\x01ci\0${vault}\0\r\n\r\n`],
];

function socksRequest(): string {
  return `\x05\x01\0\x03${String.fromCharCode(vault.length)}${vault}\x01\xbb`;
}

/** A tunnel by SOCKS as dev, TLS in it, and what is sent inside. */
async function throughSocks(
  world: AttackWorld,
  { host, sni = host, user = "dev", password = devToken, request }: {
    host: string;
    sni?: string;
    user?: string;
    password?: string;
    request: string;
  },
): Promise<Evidence> {
  const { client, reply } = await askSocks(world.proxy.url, { host, port: 443, user, password });
  using _ = client;
  if (reply !== 0) return evidence();
  return await inTls(client, { sni, ca: world.ca, request });
}

/** TLS with the proxy itself, and what is sent inside. */
async function throughProxyTls(world: AttackWorld, request: string): Promise<Evidence> {
  using outer = await RawClient.connect(world.proxy.url);
  return await inTls(outer, { sni: "localhost", ca: world.ca, request });
}

/** TLS with whom the name in SNI says, as if the proxy were that. */
async function turned(world: AttackWorld, sni: string, request: string): Promise<Evidence> {
  using outer = await RawClient.connect(world.proxy.url);
  return await inTls(outer, { sni, ca: world.ca, request });
}

async function inTls(
  outer: RawClient,
  { sni, ca, request }: { sni: string; ca: string; request: string },
): Promise<Evidence> {
  let inner: RawClient;
  try {
    inner = await outer.startTls(sni, ca);
  } catch {
    return evidence();
  }
  using _ = inner;
  return evidence(await exchange(inner, request));
}

/** Two requests in one go: the second follows at once. */
function pipelined(first: string, second: string): string {
  return first.replace("Connection: close\r\n", "") + second;
}

function connect(target: string, fields = ""): string {
  return `CONNECT ${target}:443 HTTP/1.1\r\nHost: ${target}:443\r\n${fields}\r\n`;
}

/** The credential of ci, at the vault. */
export const dialectCases: readonly AttackCase[] = [
  ...pairs.map(([trick, user, password], index) =>
    steal(
      `ci's credential in SOCKS by ${trick}`,
      `/socks/${index}`,
      (world) =>
        throughSocks(world, {
          ...{ host: vault, user, password },
          request: get(vault, { path: `/socks/${index}` }),
        }),
    )
  ),
  ...sequences.map(([what, octets], index) =>
    steal(`ci's credential in SOCKS by ${what}`, `/octets/${index}`, async (world) => {
      using client = await RawClient.connect(world.proxy.url);
      const received = await exchange(client, octets);
      const opened = received.includes("\x05\0\0\x01") ? ["A tunnel has been opened"] : [];
      return { ...evidence(received), gained: opened };
    })
  ),
  steal(
    "ci's credential by ci's host in SNI of a SOCKS tunnel",
    "/sni",
    (world) =>
      throughSocks(world, {
        host: "api.anthropic.com",
        sni: vault,
        request: get(vault, { path: "/sni" }),
      }),
  ),
  steal(
    "ci's credential by ci's host in SNI of a SOCKS tunnel to an address",
    "/ip",
    (world) =>
      throughSocks(world, {
        host: "198.51.100.9",
        sni: vault,
        request: get(vault, { path: "/ip" }),
      }),
  ),
  steal(
    "ci's credential by CONNECT in a SOCKS tunnel",
    "/nested",
    (world) => throughSocks(world, { host: "api.anthropic.com", request: connect(vault, dev) }),
  ),
  steal(
    "ci's credential by ci's host in the target in a SOCKS tunnel",
    "/absolute",
    (world) =>
      throughSocks(world, {
        host: "api.anthropic.com",
        request: get(vault).replace("GET /", `GET https://${vault}/absolute`),
      }),
  ),
  steal(
    "ci's credential by SOCKS inside TLS",
    "/in-tls",
    (world) => throughProxyTls(world, `\x05\x01\0${socksRequest()}`),
  ),
  steal(
    "ci's credential by another handshake inside TLS",
    "/twice",
    (world) => throughProxyTls(world, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"),
  ),
  steal(
    "ci's credential by CONNECT inside TLS, and no proof",
    "/tls-silent",
    (world) => throughProxyTls(world, connect(vault)),
  ),
  steal(
    "ci's credential by its host in Host inside TLS",
    "/tls-host",
    (world) => throughProxyTls(world, get(vault, { path: "/tls-host", fields: dev })),
  ),
  steal(
    "ci's credential as who is turned to the proxy",
    "/turned",
    (world) => turned(world, vault, get(vault, { path: "/turned", fields: dev })),
  ),
  steal(
    "ci's credential as who is turned to the proxy, in clear",
    "/turned-clear",
    (world) => inClear(world, get(vault, { path: "/turned-clear", fields: dev })),
  ),
  steal(
    "ci's credential on a connection where it has proved to be dev",
    "/then",
    (world) =>
      inClear(
        world,
        pipelined(get("localhost", { path: own, fields: asServer }), connect(vault)),
      ),
  ),
  {
    wants: "a tunnel by what it has shown to the proxy as to a server",
    attempt: async (world) => {
      const { received } = await inClear(
        world,
        pipelined(get("localhost", { path: own, fields: asServer }), connect("api.anthropic.com")),
      );
      const isOpen = Buffer.from(received).includes("Connection established");
      return { received, gained: isOpen ? ["A tunnel has been opened"] : [] };
    },
  },
  ...[asServer, dev].map((fields): AttackCase => ({
    wants: `what is ci's from the list of services, by ${fields.split(":")[0]}`,
    attempt: async (world) => {
      const { received } = await inClear(world, get("localhost", { path: own, fields }));
      const isTold = Buffer.from(received).includes("of-ci") ? ["It is told of ci's rule"] : [];
      return { received, gained: isTold };
    },
  })),
];
