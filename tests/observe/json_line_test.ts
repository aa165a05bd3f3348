import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonLine } from "../../src/observe/json_line.ts";

function written(write: (line: JsonLine) => void): string {
  const line = new JsonLine();
  write(line);
  return new TextDecoder().decode(line.octets);
}

Deno.test("JsonLine.number() writes any number as JSON does", () => {
  const numbers = [0, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 1e21, -1, 0.5, NaN, Infinity];
  for (const number of [...numbers, Number.MAX_SAFE_INTEGER]) {
    assert.equal(written((line) => line.number(number)), JSON.stringify(number));
  }
  fc.assert(fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.double()), (number) => {
    assert.equal(written((line) => line.number(number)), JSON.stringify(number));
  }));
});

Deno.test("JsonLine.milliseconds() rounds to the microsecond", () => {
  const table: [number, string][] = [
    [0, "0.000"],
    [0.0004, "0.000"],
    [0.0006, "0.001"],
    [0.9996, "1.000"],
    [12.345, "12.345"],
    [86_400_000.0104, "86400000.010"],
    [-0.5, "0.000"],
    [NaN, "0.000"],
    [Infinity, "0.000"],
  ];
  for (const [value, expected] of table) {
    assert.equal(written((line) => line.milliseconds(value)), expected);
  }
});

Deno.test("JsonLine.text() escapes what is not printable ASCII, wherever in the text it is", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: 0xffff }), fc.string(), (before, code, after) => {
      const text = before + String.fromCharCode(code) + after;
      const json = written((line) => line.text(text));
      assert.match(json, /^"[\x20-\x7e]*"$/);
      assert.equal(JSON.parse(json), text);
    }),
  );
});

Deno.test("JsonLine.text() writes 2048 characters and marks what is cut off", () => {
  for (const unit of ["m", "é", '"']) {
    const longest = unit.repeat(2048);
    assert.equal(JSON.parse(written((line) => line.text(longest))), longest);
    assert.equal(JSON.parse(written((line) => line.text(longest + unit))), longest + "…");
  }
});

Deno.test("JsonLine grows with what it is given, and begins anew when it is cleared", () => {
  const line = new JsonLine();
  const octets = new TextEncoder().encode("x".repeat(3000));
  for (let count = 0; count < 10; count++) line.raw(octets);
  line.text("é".repeat(2000));
  for (let count = 0; count < 1000; count++) line.number(123_456_789);
  const text = new TextDecoder().decode(line.octets);
  assert.equal(text, "x".repeat(30_000) + `"${"\\u00e9".repeat(2000)}"` + "123456789".repeat(1000));
  line.clear();
  line.number(1);
  assert.equal(new TextDecoder().decode(line.octets), "1");
});
