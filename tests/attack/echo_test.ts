/**
 * The contract (I4): a service that sends a credential back, in whatever part of whatever answer, does
 * not get it past the proxy.
 */

import assert from "node:assert/strict";
import { attackFamily } from "./attack_family.ts";
import { bodyCases } from "./echo_body_cases.ts";
import { headCases } from "./echo_head_cases.ts";
import { asAttack, echoedBare, startEchoWorld } from "./echo_world.ts";
import { Loot } from "./loot.ts";
import { secrets } from "./secrets.ts";

const cases = [...bodyCases, ...headCases];

attackFamily("get a credential echoed", {
  start: () => startEchoWorld(cases),
  cases: cases.map(asAttack),
  normal: "api.github.com:443",
});

Deno.test("control: each of these answers holds a credential where no proxy stands between", async () => {
  const loot = new Loot(secrets);
  const empty: string[] = [];
  for (const tried of cases) {
    if (loot.findIn(await echoedBare(tried)).length === 0) empty.push(tried.wants);
  }
  assert.deepEqual(empty, []);
});
