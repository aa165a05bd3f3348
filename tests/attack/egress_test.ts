/**
 * The contract: what the egress policy denies, nobody reaches, however it is asked for.
 */

import assert from "node:assert/strict";
import { attackFamily } from "./attack_family.ts";
import { egressCases, startEgressWorld } from "./egress_cases.ts";
import { get, throughTunnel } from "./probe.ts";

attackFamily("get around the egress policy", {
  start: () => startEgressWorld(),
  cases: egressCases,
  normal: "api.github.com:443",
});

Deno.test("control: what the policy allows is let out, and what is only reported is seen", async () => {
  const ask = (host: string, path = "/") => ({
    connect: `${host}:443`,
    request: get(host, { path }),
  });
  await using strict = await startEgressWorld();
  await throughTunnel(strict, ask("npm.test", "/pkg/left-pad"));
  await throughTunnel(strict, ask("allowed.test"));
  assert.equal(strict.server("allowed").requests.length, 2);
  await using lax = await startEgressWorld("report");
  for (const host of ["gist.test", "other.test", "denied.cdn.test"]) {
    const evidence = await throughTunnel(lax, ask(host));
    assert.deepEqual(lax.judge(evidence), ["Server denied has been reached"]);
  }
  const secret = egressCases.find(({ wants }) => wants === "what is at /secret/MARK");
  assert.equal((await secret?.attempt(lax))?.gained?.length, 1);
});
