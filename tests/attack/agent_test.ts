/**
 * The contract: the credentials of one agent are out of every other's reach, and of those who are none.
 */

import assert from "node:assert/strict";
import {
  askAsCi,
  basic,
  ciToken,
  devToken,
  digestProofs,
  proofs,
  startAgentWorld,
  steal,
  useAs,
} from "./agent_cases.ts";
import type { AttackCase } from "./attack_case.ts";
import { attackFamily } from "./attack_family.ts";
import type { AttackWorld } from "./attack_world.ts";
import { get, throughTunnel } from "./probe.ts";

/** The tunnel in which dev is served, with ci's host in Host, in the target and in SNI. */
const claude = "CONNECT api.anthropic.com:443 HTTP/1.1\r\nHost: api.anthropic.com:443\r\n" +
  `${basic(`dev:${devToken}`)}\r\n`;

const otherCases: readonly AttackCase[] = [
  steal("ci's credential on ci's connection out of the pool", "/dev/pool", async (world) => {
    for (let round = 0; round < 3; round++) await askAsCi(world, `/ci/${round}`);
    return await throughTunnel(world, {
      connect: "CONNECT vault.test:443 HTTP/1.1\r\n" + basic(`dev:${devToken}`) + "\r\n",
      sni: "vault.test",
      request: get("vault.test", { path: "/dev/pool" }),
    });
  }),
  steal("ci's credential by ci's host in Host", "/dev/host", (world) =>
    throughTunnel(world, {
      connect: claude,
      sni: "api.anthropic.com",
      request: get("vault.test", { path: "/dev/host" }),
    })),
  steal("ci's credential by ci's host in SNI", "/dev/sni", (world) =>
    throughTunnel(world, {
      connect: claude,
      sni: "vault.test",
      request: get("vault.test", { path: "/dev/sni" }),
    })),
  steal(
    "ci's credential by ci's host in SNI of a tunnel to an address",
    "/dev/ip",
    (world) =>
      throughTunnel(world, {
        connect: "CONNECT 198.51.100.9:443 HTTP/1.1\r\n" + basic(`dev:${devToken}`) + "\r\n",
        sni: "vault.test",
        request: get("vault.test", { path: "/dev/ip" }),
      }),
  ),
];

const tried = [...proofs, ...await digestProofs()];

attackFamily("use another agent's credential", {
  start: async () => {
    const world = await startAgentWorld();
    await revoke(world, "old");
    return world;
  },
  cases: [
    ...tried.flatMap(([trick, fields], index) => useAs(trick, fields, `/dev/${index}`)),
    ...otherCases,
  ],
  normal: { authority: "vault.test:443", connectFields: basic(`ci:${ciToken}`) },
});

Deno.test("control: who has ci's token has ci's credential, and that is seen", async () => {
  await using world = await startAgentWorld();
  for (const fields of [basic(`ci:${ciToken}`), `Proxy-Authorization: Bearer ${ciToken}\r\n`]) {
    const [inTunnel] = useAs("", fields, "/control");
    const { gained } = await inTunnel?.attempt(world) ?? {};
    assert.deepEqual(gained, ["The vault has served it with ci's credential"]);
  }
  const { gained } = await steal("", "/ci/0", (world) => askAsCi(world, "/ci/0")).attempt(world);
  assert.equal(gained?.length, 1);
});

async function revoke({ proxy }: AttackWorld, name: string): Promise<void> {
  const token = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
  const response = await fetch(`${proxy.adminUrl}/admin/agents/${name}/revoke`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200, await response.text());
}
