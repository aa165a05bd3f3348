import assert from "node:assert/strict";
import type { AttackCase } from "./attack_case.ts";
import type { AttackWorld, NormalClient } from "./attack_world.ts";

/** What is the same in every family: each case fails for the attacker, and leaves the proxy whole. */
export function attackFamily<World extends AttackWorld>(
  name: string,
  { start, cases, normal }: {
    readonly start: () => Promise<World>;
    readonly cases: readonly AttackCase<World>[];
    /** Where a normal client must be served in the end: `HOST:PORT` of a rule, and what it shows. */
    readonly normal: string | NormalClient;
  },
): void {
  Deno.test(`attack: ${name}`, async (t) => {
    const names = cases.map(({ wants }) => wants);
    assert.deepEqual(names.filter((wants, index) => names.indexOf(wants) !== index), []);
    await using world = await start();
    for (const { wants, attempt } of cases) {
      await t.step(`the attacker wants ${wants}`, async () => {
        assert.deepEqual(world.judge(await attempt(world)), []);
      });
    }
    await t.step("a normal client is served afterwards", () => world.assertServes(normal));
    await t.step("no secret is anywhere else", () => world.assertNothingLeaked());
    console.log(`attacks to ${name}: ${cases.length}`);
  });
}
