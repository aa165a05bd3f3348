import assert from "node:assert/strict";
import fc from "fast-check";
import { assertTarget, fuzzTarget } from "./fuzz_target.ts";

const below1000 = fuzzTarget("below-1000", {
  values: fc.nat({ max: 100_000 }),
  hold: (value) => assert.ok(value < 1000, `${value} is too large`),
});

Deno.test("assertTarget() throws with the seed, the shrunk counterexample and what did not hold", async () => {
  await assert.rejects(assertTarget(below1000, 100), (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, /seed: -?\d+/);
    assert.match(error.message, /Counterexample: \[1000\]/);
    assert.match(error.message, /1000 is too large/);
    return true;
  });
});

Deno.test("assertTarget() tries as often as it is told, and waits for each try", async () => {
  let tries = 0;
  let underWay = 0;
  const counting = fuzzTarget("counting", {
    values: fc.nat(),
    hold: async () => {
      assert.equal(underWay++, 0);
      await Promise.resolve();
      underWay--;
      tries++;
    },
  });
  await assertTarget(counting, 25);
  assert.equal(tries, 25);
});

Deno.test("FuzzTarget.check() stops in time without calling that a failure", async () => {
  const endless = fuzzTarget("endless", { values: fc.nat(), hold: () => {} });
  const details = await endless.check({
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: 50,
    markInterruptAsFailure: false,
  });
  assert.equal(details.failed, false);
  assert.ok(details.numRuns > 0);
});
