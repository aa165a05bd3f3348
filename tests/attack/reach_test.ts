/**
 * The contract (I6): nobody reaches through the proxy what is not meant for them: its own listeners,
 * whatever is allowed; and loopback, private, link-local and metadata addresses, unless they are.
 */

import assert from "node:assert/strict";
import type { AttackCase } from "./attack_case.ts";
import { attackFamily } from "./attack_family.ts";
import { AttackWorld } from "./attack_world.ts";
import { inClear, throughTunnel } from "./probe.ts";
import { knock, otherPlaces, reach, thisMachine, type Way } from "./reach_cases.ts";

const ways: readonly Way[] = ["CONNECT", "http://", "SOCKS"];
const names = ["localhost", "LocalHost", "x.localhost", "ip6-localhost", Deno.hostname()];
const everything = ["0.0.0.0/0", "::/0"].flatMap((range) => ["--allow-private", range]);
const service = {
  name: "github",
  names: ["api.github.com"],
  standsFor: ["api.github.com:443"],
  mayHold: ["GITHUB_TOKEN"],
};
const normal = "api.github.com:443";

/** What only the listeners themselves would say. */
function ownWords(received: string): string[] {
  const problems: string[] = [];
  if (received.includes('"status":"ok"')) problems.push("The admin API has answered");
  if (received.includes("not as a web server")) problems.push("The proxy has called itself");
  return problems;
}

function adminPort({ proxy }: AttackWorld): string {
  return new URL(proxy.adminUrl).port;
}

function proxyPort({ proxy }: AttackWorld): number {
  return proxy.port;
}

const ownCases: readonly AttackCase[] = [
  ...thisMachine().flatMap((host) =>
    ways.flatMap((way) => [
      reach("the admin API", { host, way, port: adminPort, gained: ownWords }),
      reach("the proxy through itself", { host, way, port: proxyPort, gained: ownWords }),
    ])
  ),
  ...names.map((host) => reach("the admin API", { host, way: "SNI", port: adminPort })),
  ...["/healthz", "/admin/rules", "//127.0.0.1/admin/rules"].map((path): AttackCase => ({
    wants: `the admin API's ${path} from the proxy's listener`,
    attempt: async (world) => {
      const { host } = new URL(world.proxy.adminUrl);
      const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const { received } = await inClear(world, request);
      const text = new TextDecoder().decode(received);
      return { received, gained: / 200 /.test(text) ? [text] : [] };
    },
  })),
];

attackFamily("reach the proxy's own listeners, though all addresses are allowed", {
  start: () => AttackWorld.start({ args: everything, listen: "127.0.0.1:0", servers: [service] }),
  cases: ownCases,
  normal,
});

attackFamily("reach the proxy's own listeners, though they listen everywhere", {
  start: () =>
    AttackWorld.start({
      args: [...everything, "--allow-unauthenticated"],
      listen: "0.0.0.0:0",
      servers: [service],
    }),
  cases: thisMachine().flatMap((host) =>
    ways.map((way) =>
      reach<AttackWorld>("the proxy through itself", {
        host,
        way,
        port: proxyPort,
        gained: ownWords,
      })
    )
  ),
  normal,
});

/** Listens on all addresses, so that whoever gets to any of them is noticed. */
const canary = { name: "canary", standsFor: [], hostname: "::", isForbidden: true };

function canaryPort(world: AttackWorld): string {
  return world.server("canary").address.replace(/.*:/, "");
}

/** What is refused as an address is refused before anything is dialled. */
function dialled(received: string): string[] {
  const refusedUnseen = /error=(?:destination_ip_prohibited|dns_error|http_request_error)/;
  return refusedUnseen.test(received) ? [] : [`It has been dialled: ${received.slice(0, 300)}`];
}

attackFamily("reach what is on this machine and around it", {
  start: () => AttackWorld.start({ servers: [service, canary] }),
  cases: [
    ...thisMachine().flatMap((host) =>
      ways.map((way) =>
        reach<AttackWorld>("a server on this machine", { host, way, port: canaryPort })
      )
    ),
    ...names.map((host) =>
      reach<AttackWorld>("a server on this machine", { host, way: "SNI", port: canaryPort })
    ),
    ...otherPlaces.flatMap(([what, host]) =>
      [...ways, "Host" as const].map((way) =>
        reach<AttackWorld>(what, { host, way, port: () => 80, gained: dialled })
      )
    ),
  ],
  normal,
});

Deno.test("control: the listeners speak when they are asked directly", async () => {
  await using world = await AttackWorld.start({ servers: [service] });
  const request = "GET /healthz HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n";
  const text = async (url: string) =>
    new TextDecoder().decode((await inClear({ proxy: { url } }, request)).received);
  assert.deepEqual(ownWords(await text(world.proxy.adminUrl)), ["The admin API has answered"]);
  assert.deepEqual(ownWords(await text(world.proxy.url)), ["The proxy has called itself"]);
});

Deno.test("control: a server on this machine is reached where its address is allowed", async () => {
  await using world = await AttackWorld.start({ args: everything, servers: [service, canary] });
  const port = canaryPort(world);
  for (const host of ["127.0.0.1", "127.0.0.2", "localhost", "[::1]", ...machineAddresses()]) {
    for (const way of ways) {
      const evidence = await knock(world, { host, port, way });
      assert.deepEqual(world.judge(evidence), ["Server canary has been reached"], host);
    }
  }
  const connect = `198.51.100.9:${port}`;
  const evidence = await throughTunnel(world, { connect, sni: "localhost", request: "" });
  assert.deepEqual(world.judge(evidence), ["Server canary has been reached"]);
});

function machineAddresses(): string[] {
  return Deno.networkInterfaces()
    .filter(({ name, family }) => name !== "lo" && family === "IPv4")
    .map(({ address }) => address);
}
