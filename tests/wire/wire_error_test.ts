import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteInput, WireError } from "../../src/wire/wire_error.ts";

Deno.test("WireError is an Error with its own name", () => {
  const error = new WireError("Cannot parse x: y");
  assert.ok(error instanceof Error);
  assert.equal(error.name, "WireError");
  assert.equal(String(error), "WireError: Cannot parse x: y");
});

Deno.test("quoteInput() quotes, escapes and cuts", () => {
  const table: [string, string][] = [
    ["", '""'],
    ["a b~", '"a b~"'],
    ['"\\', '"\\"\\\\"'],
    ["\r\n\x1b\x7f", '"\\u000d\\u000a\\u001b\\u007f"'],
    ["é\u2028", '"\\u00e9\\u2028"'],
    ["a".repeat(80), `"${"a".repeat(80)}"`],
    ["a".repeat(81), `"${"a".repeat(80)}…"`],
  ];
  for (const [text, expected] of table) assert.equal(quoteInput(text), expected);
});

Deno.test("quoteInput() never lets a control character or a bare quote through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 120 }), (text) => {
      assert.match(
        quoteInput(text),
        /^"(?:[ !#-[\]-~]|\\["\\]|\\u[0-9a-f]{4})*…?"$/,
      );
    }),
  );
});
