import assert from "node:assert/strict";
import { TalkBudget, talkCosts } from "../../../src/proxy/http2/talk_budget.ts";
import { ConnectionError, errorCodes } from "../../../src/wire/http2/http2_error.ts";

function isFlood(error: unknown): boolean {
  return error instanceof ConnectionError && error.code === errorCodes.enhance_your_calm;
}

function spend(budget: TalkBudget, { cost, times }: { cost: number; times: number }): void {
  for (let turn = 0; turn < times; turn++) budget.spend(cost);
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

Deno.test("TalkBudget lets a peer say as much as its content has", () => {
  const budget = new TalkBudget(() => 0);
  for (let turn = 0; turn < 100_000; turn++) {
    budget.earn(1);
    budget.spend(talkCosts.idle);
  }
  spend(budget, { cost: talkCosts.idle, times: 4000 });
  assert.throws(() => budget.spend(talkCosts.idle), isFlood);
});

Deno.test("TalkBudget does not save up what content has paid for", () => {
  const budget = new TalkBudget(() => 0);
  budget.earn(1_000_000);
  spend(budget, { cost: talkCosts.idle, times: 5000 });
  assert.throws(() => budget.spend(talkCosts.idle), isFlood);
});

Deno.test("TalkBudget pays for no reset with content", () => {
  const budget = new TalkBudget(() => 0);
  budget.earn(1000);
  spend(budget, { cost: talkCosts.reset, times: 400 });
  assert.throws(() => budget.spend(talkCosts.reset), isFlood);
});
