import assert from "node:assert/strict";
import fc from "fast-check";
import { PatternSet } from "../../src/policy/pattern_set.ts";
import { Redactor } from "../../src/policy/redact.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";

function patternSet(texts: readonly string[]): PatternSet {
  return new PatternSet(texts.map((text) => ({ name: text, octets: encodeLatin1(text) })));
}

/** What a search that knows no shortcut would leave of the text. */
function maskedByHand(text: string, patterns: readonly string[]): string {
  const masked = [...text];
  for (const pattern of patterns) {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      masked.fill("*", at, at + pattern.length);
    }
  }
  return masked.join("");
}

function redactPieces(pieces: readonly string[], patterns: PatternSet) {
  const stream = new Redactor({ patterns });
  const passed: string[] = [];
  for (const piece of pieces) {
    const out: Uint8Array[] = [];
    stream.push(encodeLatin1(piece), out);
    passed.push(out.map(text).join(""));
  }
  const rest: Uint8Array[] = [];
  stream.end(rest);
  return { passed, hits: stream.hits, whole: [...passed, ...rest.map(text)].join("") };
}

function text(octets: Uint8Array): string {
  return new TextDecoder("latin1").decode(octets);
}

function splitAt(whole: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => whole.slice(start, places[index]));
}

/** Few letters, so that patterns overlap, repeat and begin everywhere. */
const letters = fc.constantFrom("a", "b");
const patternText = fc.string({ unit: letters, minLength: 8, maxLength: 20 });
const patternTexts = fc.uniqueArray(patternText, { minLength: 1, maxLength: 6 });

Deno.test("Redactor.whole() overwrites exactly what a plain search finds", () => {
  fc.assert(fc.property(
    patternTexts,
    fc.string({ unit: letters, maxLength: 300 }),
    (patterns, whole) => {
      const octets = encodeLatin1(whole);
      new Redactor({ patterns: patternSet(patterns) }).whole(octets);
      assert.equal(text(octets), maskedByHand(whole, patterns));
    },
  ));
});

Deno.test("Redactor: however a text is cut, what leaves is what a plain search leaves", () => {
  fc.assert(
    fc.property(
      patternTexts,
      fc.string({ unit: letters, maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (patterns, whole, cuts) => {
        const { whole: redacted } = redactPieces(splitAt(whole, cuts), patternSet(patterns));
        assert.equal(redacted, maskedByHand(whole, patterns));
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("Redactor holds back no more than a last word shorter than the longest pattern", () => {
  fc.assert(fc.property(
    patternTexts,
    fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 100 }),
    fc.array(fc.nat(), { maxLength: 20 }),
    (patterns, whole, cuts) => {
      const pieces = splitAt(whole, cuts);
      const { passed } = redactPieces(pieces, patternSet(patterns));
      const longest = Math.max(...patterns.map(({ length }) => length));
      let arrived = "";
      let left = 0;
      pieces.forEach((piece, index) => {
        arrived += piece;
        left += passed[index]?.length ?? 0;
        const held = arrived.slice(left);
        assert.ok(/^[ab]*$/.test(held) && held.length < longest, `${held} is held`);
      });
    },
  ));
});

Deno.test("Redactor holds back the same of any text, whatever the credential: else it could be guessed", () => {
  const withBoth = patternText.filter((pattern) => /^(?=.*a)(?=.*b)/.test(pattern));
  fc.assert(fc.property(
    withBoth,
    withBoth,
    fc.array(fc.nat(20), { maxLength: 40 }),
    (first, second, cuts) => {
      const length = Math.min(first.length, second.length);
      const text = `${first} ${first.slice(0, 5)} ${second.slice(0, 5)} ${second}`.repeat(3);
      const [one, other] = [first, second].map((pattern) => {
        const patterns = patternSet([`ab${pattern.slice(0, length)}`]);
        return redactPieces(splitAt(text, cuts), patterns).passed.map((piece) => piece.length);
      });
      assert.deepEqual(one, other);
    },
  ));
});

Deno.test("Redactor counts a credential once, however it is cut", () => {
  for (const size of [1, 2, 3, 7, 100]) {
    const whole = "x".repeat(20) + "ghp_0123456789" + "y".repeat(20) + "ghp_0123456789";
    const pieces = whole.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
    const { hits } = redactPieces(pieces, patternSet(["ghp_0123456789"]));
    assert.deepEqual([...hits], [["ghp_0123456789", 2]], `pieces of ${size}`);
  }
});

Deno.test("Redactor passes an event on that ends in a line end, whole", () => {
  const { passed } = redactPieces(
    ["data: gh\n\n", "data: ghp_\n\n"],
    patternSet(["ghp_0123456789"]),
  );
  assert.deepEqual(passed, ["data: gh\n\n", "data: ghp_\n\n"]);
});

Deno.test("Redactor holds the last word until the next piece tells, credential or not", () => {
  const patterns = patternSet(["ghp_0123456789"]);
  assert.deepEqual(redactPieces(["a ghp_", "01x"], patterns).passed, ["a ", "ghp_01x"]);
  assert.deepEqual(redactPieces(["a 90_p", "01x"], patterns).passed, ["a ", "90_p01x"]);
  assert.deepEqual(redactPieces(["a ghp_", "0123456789\n"], patterns).passed, [
    "a ",
    "**************\n",
  ]);
});

Deno.test("Redactor: of two that overlap nothing is left", () => {
  const patterns = patternSet(["abcdefgh1234", "1234ijklmnop"]);
  const { whole } = redactPieces(["abcdefgh12", "34ijklmnop!"], patterns);
  assert.equal(whole, "********************!");
});

Deno.test("Redactor takes pieces longer than the longest pattern after held octets", () => {
  const patterns = patternSet(["abcdefgh1234", "1234ijklmnop"]);
  const { whole } = redactPieces(
    ["..abcdefgh12", `34ijklmnop${"z".repeat(50)}abcdefgh1234`],
    patterns,
  );
  assert.equal(whole, `..${"*".repeat(20)}${"z".repeat(50)}${"*".repeat(12)}`);
});

Deno.test("PatternSet refuses a pattern that is too short to mean anything", () => {
  assert.doesNotThrow(() => patternSet(["12345678"]));
  assert.throws(() => patternSet(["1234567"]), /too short/);
});

Deno.test("PatternSet without patterns finds nothing", () => {
  const octets = encodeLatin1("anything");
  assert.deepEqual(patternSet([]).find(octets), { matches: [], open: octets.length });
});
