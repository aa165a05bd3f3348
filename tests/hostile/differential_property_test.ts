/**
 * The contract: whatever we would forward of requests made by grammar and then changed here and there,
 * llhttp reads as we do (I5).
 */

import assert from "node:assert/strict";
import { differentialTarget, noVerdicts } from "../fuzz_targets/differential_target.ts";
import { assertTarget } from "../fuzz_targets/fuzz_target.ts";
import { findTool, testWith, tool } from "../support/tools.ts";
import { ChildWitness } from "./witness.ts";

testWith("llhttp reads what we forward as we do, whatever came", {
  needs: [tool("node")],
  fn: async () => {
    await using witness = await ChildWitness.llhttp(findTool("node") ?? "node");
    const verdicts = noVerdicts();
    await assertTarget(differentialTarget("llhttp", { witness, verdicts }), 400);
    console.log(`differential, llhttp, 400 made requests: ${JSON.stringify(verdicts)}`);
    assert.ok(verdicts.same > 100, `Hardly anything was forwarded: ${JSON.stringify(verdicts)}`);
  },
});
