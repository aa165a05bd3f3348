import assert from "node:assert/strict";
import fc from "fast-check";
import { compareReadings, type Comparison } from "../hostile/differential.ts";
import type { Witness } from "../hostile/witness.ts";
import { forwardInMemory } from "./forward_in_memory.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";
import { connectionText, requestText } from "./request_texts.ts";

/** How often a witness said what about octets that we would forward. */
export type Verdicts = Record<Comparison["verdict"] | "nothing forwarded", number>;

/** Whatever we would forward, another server reads exactly so, or refuses. */
export function differentialTarget(
  name: string,
  { witness, verdicts }: { witness: Witness; verdicts: Verdicts },
): FuzzTarget {
  return fuzzTarget(`same-reading-by-${name}`, {
    values: fc.oneof(requestText, connectionText),
    hold: async (received) => {
      const ours = forwardInMemory(received);
      // What follows a request to upgrade waits for its answer; a witness gets all at once.
      const upgrade = ours.findIndex(({ upgrade }) => upgrade !== undefined);
      const sent = upgrade < 0 ? ours : ours.slice(0, upgrade);
      if (sent.length === 0) {
        verdicts["nothing forwarded"]++;
        return;
      }
      const text = sent.map(({ text }) => text).join("");
      const { verdict, detail } = await compareReadings(witness, { text, ours: sent });
      verdicts[verdict]++;
      assert.notEqual(verdict, "different", `${detail}\nForwarded: ${JSON.stringify(text)}`);
    },
  });
}

export function noVerdicts(): Verdicts {
  return { same: 0, refused: 0, different: 0, "nothing forwarded": 0 };
}
