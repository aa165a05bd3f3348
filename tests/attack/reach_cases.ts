/**
 * Ways to say where something is that nobody outside may reach.
 *
 * @module
 */

import { askSocks } from "../support/socks_client.ts";
import type { AttackCase, Evidence } from "./attack_case.ts";
import type { AttackWorld } from "./attack_world.ts";
import { evidence, exchange, inClear, throughTunnel } from "./probe.ts";

/** This machine's loopback, as a name or an address in a URL. */
const loopback = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "127.0.0.2",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0X7F.0.0.1",
  "0x7f.1",
  "0177.0.0.1",
  "017700000001",
  "00000177.0.0.1",
  "127.0.0.1.",
  "127.0.0.1..",
  "0.0.0.0",
  "0",
  "0x0",
  "localhost",
  "LocalHost",
  "localhost.",
  "x.localhost",
  "localhost.localdomain",
  "ip6-localhost",
  "ip6-loopback",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::ffff:127.0.0.1]",
  "[::FFFF:7F00:1]",
  "[::ffff:0:127.0.0.1]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::80ff:fffe]",
  "[2606:4700::200:5efe:127.0.0.1]",
  "[::1%lo]",
  "[::1%25lo]",
  "[fe80::1%25lo]",
  "127.0.0.1%00.evil.example",
  "evil.example@127.0.0.1",
  "evil.example:80@127.0.0.1",
  "127.0.0.1#.evil.example",
  "127.0.0.1\0.evil.example",
  "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
  "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1",
  "127\xe3\x80\x820\xe3\x80\x820\xe3\x80\x821",
] as const;

/** Addresses of other things that are not the attacker's, each with what is there. */
export const otherPlaces: readonly (readonly [what: string, host: string])[] = [
  ["the cloud's metadata", "169.254.169.254"],
  ["the cloud's metadata as one number", "2852039166"],
  ["the cloud's metadata in hexadecimal", "0xa9fea9fe"],
  ["the cloud's metadata in octal", "0251.0376.0251.0376"],
  ["the cloud's metadata in two numbers", "169.16689662"],
  ["the cloud's metadata as IPv4-mapped", "[::ffff:169.254.169.254]"],
  ["the cloud's metadata through NAT64", "[64:ff9b::a9fe:a9fe]"],
  ["the cloud's metadata through 6to4", "[2002:a9fe:a9fe::]"],
  ["the cloud's metadata over IPv6", "[fd00:ec2::254]"],
  ["the metadata of another cloud", "100.100.100.200"],
  ["the credentials of a container", "169.254.170.2"],
  ["a private address", "10.0.0.1"],
  ["a private address as one number", "167772161"],
  ["another private address", "172.16.0.1"],
  ["the last of these", "172.31.255.255"],
  ["a router at home", "192.168.0.1"],
  ["a router as IPv4-mapped", "[::ffff:c0a8:1]"],
  ["a carrier's inside", "100.64.0.1"],
  ["a link-local address", "169.254.1.1"],
  ["a link-local IPv6 address", "[fe80::1]"],
  ["a link-local IPv6 address with its zone", "[fe80::1%25eth0]"],
  ["a unique local address", "[fc00::1]"],
  ["a site-local address", "[fec0::1]"],
  ["everyone, by multicast", "224.0.0.1"],
  ["everyone, by IPv6 multicast", "[ff02::1]"],
  ["everyone, by broadcast", "255.255.255.255"],
  ["a reserved address", "240.0.0.1"],
  ["this network", "0.1.2.3"],
  ["a benchmark network", "198.18.0.1"],
  ["a documentation network", "[2001:db8::1]"],
];

/** Loopback, and this machine by its other names. */
export function thisMachine(): string[] {
  const addresses = Deno.networkInterfaces()
    .filter(({ name }) => name !== "lo")
    .map(({ address, family }) => family === "IPv6" ? `[${address}]` : address);
  return [...new Set([...loopback, Deno.hostname(), ...addresses])];
}

/**
 * By CONNECT, by http://, by SOCKS, by Host as if turned here by a firewall, and by SNI in a tunnel to an
 * address that is anybody's.
 */
export type Way = "CONNECT" | "http://" | "SOCKS" | "Host" | "SNI";

/** Asks for /healthz at an authority. */
export async function knock(
  world: Pick<AttackWorld, "proxy" | "ca">,
  { host, port, way }: { host: string; port: string | number; way: Way },
): Promise<Evidence> {
  const authority = `${host}:${port}`;
  const request = (target: string) =>
    `GET ${target} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;
  if (way === "http://") return await inClear(world, request(`http://${authority}/healthz`));
  if (way === "Host") return await inClear(world, request("/healthz"));
  if (way === "SOCKS") {
    return await throughSocks(world, { host, port, request: request("/healthz") });
  }
  if (way === "SNI") {
    const connect = `198.51.100.9:${port}`;
    return await throughTunnel(world, { connect, sni: host, request: request("/healthz") });
  }
  return await throughTunnel(world, {
    connect: authority,
    clear: true,
    request: request("/healthz"),
  });
}

async function throughSocks(
  { proxy }: Pick<AttackWorld, "proxy">,
  { host, port, request }: { host: string; port: string | number; request: string },
): Promise<Evidence> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const { client, reply } = await askSocks(proxy.url, { host: bare, port: Number(port) });
  using _ = client;
  // In the words in which the other ways say it.
  if (reply === 2) return evidence(`SOCKS reply 2, as 403 error=destination_ip_prohibited`);
  if (reply !== 0) return evidence(`SOCKS reply ${reply}, as 502 error=dns_error`);
  return evidence(await exchange(client, request));
}

/** A knock as a case; `where` names what is there, in words. */
export function reach<World extends AttackWorld>(
  where: string,
  { host, way, port, gained }: {
    readonly host: string;
    readonly way: Way;
    readonly port: (world: World) => string | number;
    readonly gained?: (received: string) => readonly string[];
  },
): AttackCase<World> {
  return {
    wants: `${where} by ${way} ${JSON.stringify(host)}`,
    attempt: async (world) => {
      const { received } = await knock(world, { host, port: port(world), way });
      const text = new TextDecoder("latin1").decode(received);
      return { received, gained: gained?.(text) ?? [] };
    },
  };
}
