import assert from "node:assert/strict";
import { TalkBudget } from "../../../src/proxy/http2/talk_budget.ts";
import { ConnectionError, errorCodes } from "../../../src/wire/http2/http2_error.ts";

function isFlood(error: unknown): boolean {
  return error instanceof ConnectionError && error.code === errorCodes.enhance_your_calm;
}

Deno.test("TalkBudget has 4,000 at once, and not one more", () => {
  const budget = new TalkBudget(() => 0);
  for (let spent = 0; spent < 4000; spent++) budget.spend(1);
  assert.throws(() => budget.spend(1), isFlood);
});

Deno.test("TalkBudget has 1,000 more every second, and never more than 4,000", () => {
  let now = 0;
  const budget = new TalkBudget(() => now);
  budget.spend(4000);
  now += 1000;
  budget.spend(1000);
  assert.throws(() => budget.spend(1), isFlood);
  now += 3_600_000;
  budget.spend(4000);
  assert.throws(() => budget.spend(10), isFlood);
});
