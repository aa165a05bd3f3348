import assert from "node:assert/strict";
import { TalkBudget, talkCosts } from "../../../src/proxy/http2/talk_budget.ts";
import { ConnectionError } from "../../../src/wire/http2/http2_error.ts";

function spend(budget: TalkBudget, { cost, times }: { cost: number; times: number }): void {
  for (let turn = 0; turn < times; turn++) budget.spend(cost);
}

Deno.test("TalkBudget ends a flood that comes without content", () => {
  const budget = new TalkBudget(() => 0);
  spend(budget, { cost: talkCosts.idle, times: 4000 });
  assert.throws(() => budget.spend(talkCosts.idle), ConnectionError);
});

Deno.test("TalkBudget lets a peer say as much as its content has", () => {
  const budget = new TalkBudget(() => 0);
  for (let turn = 0; turn < 100_000; turn++) {
    budget.earn(1);
    budget.spend(talkCosts.idle);
  }
  spend(budget, { cost: talkCosts.idle, times: 4000 });
  assert.throws(() => budget.spend(talkCosts.idle), ConnectionError);
});

Deno.test("TalkBudget does not save up what content has paid for", () => {
  const budget = new TalkBudget(() => 0);
  budget.earn(1_000_000);
  spend(budget, { cost: talkCosts.idle, times: 5000 });
  assert.throws(() => budget.spend(talkCosts.idle), ConnectionError);
});

Deno.test("TalkBudget pays for no reset with content", () => {
  const budget = new TalkBudget(() => 0);
  budget.earn(1000);
  spend(budget, { cost: talkCosts.reset, times: 400 });
  assert.throws(() => budget.spend(talkCosts.reset), ConnectionError);
});
