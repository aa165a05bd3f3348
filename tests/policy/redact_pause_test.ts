/** The contract: what is passed on early is passed on once, and never holds half of a credential. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { PatternSet } from "../../src/policy/pattern_set.ts";
import { Redactor } from "../../src/policy/redact.ts";

const secrets = ["ghp_01234567", "abcabcabcabd"];
const encoder = new TextEncoder();
const patterns = new PatternSet(
  secrets.map((text) => ({ name: text, octets: encoder.encode(text) })),
);

interface Step {
  readonly text: string;
  readonly pauses: boolean;
}

/** What has been passed on, after every step and at the end. */
function run(steps: readonly Step[]): string {
  const redactor = new Redactor({ patterns });
  let text = "";
  const take = (out: Uint8Array[]) => {
    for (const piece of out) text += new TextDecoder().decode(piece);
  };
  for (const step of steps) {
    const out: Uint8Array[] = [];
    redactor.push(encoder.encode(step.text), out);
    take(out);
    const more: Uint8Array[] = [];
    if (step.pauses) redactor.pause(more);
    take(more);
  }
  const last: Uint8Array[] = [];
  redactor.end(last);
  take(last);
  return text;
}

const piece = fc.oneof(
  fc.constantFrom(...secrets, " ", "!", "ghp_", "0123", "4567", "abc", "abcabc", "abd"),
  fc.constantFrom(..."ghp_01234567abcd "),
);
const step = fc.record({
  text: fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("")),
  pauses: fc.boolean(),
});

Deno.test("Redactor.pause() lets no octet through twice, none be lost, and no half of a credential through", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const came = steps.map(({ text }) => text).join("");
      const text = run(steps);
      assert.equal(text.length, came.length);
      for (let at = 0; at < text.length; at++) {
        if (text[at] !== "*") assert.equal(text[at], came[at]);
      }
      for (const secret of secrets) {
        for (let at = came.indexOf(secret); at >= 0; at = came.indexOf(secret, at + 1)) {
          const shown = text.slice(at, at + secret.length);
          assert.match(shown, /\*{6}$/, `${JSON.stringify(shown)} of ${secret}`);
        }
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("Redactor.pause() counts a credential once", () => {
  const redactor = new Redactor({ patterns });
  const out: Uint8Array[] = [];
  redactor.push(encoder.encode("ghp_01234567"), out);
  redactor.pause(out);
  redactor.pause(out);
  redactor.push(encoder.encode(" and more"), out);
  redactor.end(out);
  assert.equal(redactor.hits.get("ghp_01234567"), 1);
});
