/**
 * The contract: whatever a hostile upstream answers, the client gets a refusal of ours, exactly one
 * well-formed message, or one that is visibly cut; and whoever asks next gets the answer to his own
 * question (I5). Every case goes through a real proxy process.
 */

import assert from "node:assert/strict";
import { interimCases } from "./interim_cases.ts";
import { repeated } from "./repeated.ts";
import { responseBodyCases } from "./response_body_cases.ts";
import { responseHeadCases } from "./response_head_cases.ts";
import type { ResponseCase } from "./response_case.ts";
import { type Pace, ResponseRunner } from "./response_runner.ts";
import { unaskedCases } from "./unasked_cases.ts";

const cases: readonly ResponseCase[] = [
  ...responseHeadCases,
  ...interimCases,
  ...responseBodyCases,
  ...unaskedCases,
];

Deno.test("the corpus of responses tells each case by its name", () => {
  assert.deepEqual(repeated(cases.map(({ name }) => name)), []);
});

for (const pace of ["afterwards", "pipelined"] as const) {
  Deno.test(`hostile responses are refused, relayed or cut, the next request ${pace}`, async () => {
    await using runner = await ResponseRunner.start();
    const tried = cases.filter((tried) => isDecided(tried, pace));
    const wrong: string[] = [];
    for (const each of tried) {
      const problems = await runner.run(each, pace);
      if (problems.length > 0) wrong.push(`${each.name}: ${problems.join("; ")}`);
    }
    const count = (kind: string) => tried.filter(({ expected }) => expected.kind === kind).length;
    console.log(
      `hostile responses, next request ${pace}: ${tried.length} tried, ${
        count("refused")
      } refused, ` +
        `${count("relayed")} relayed, ${
          count("cut")
        } cut, ${wrong.length} desyncs or wrong answers`,
    );
    assert.deepEqual(wrong, []);
  });
}

/**
 * Nobody can tell an unasked response from the answer to a request that is already under way on the
 * same connection: there the order of events decides, and a test of it would be one of luck.
 */
function isDecided({ later }: ResponseCase, pace: Pace): boolean {
  return pace === "afterwards" || later === "";
}
