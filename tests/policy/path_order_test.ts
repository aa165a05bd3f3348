import assert from "node:assert/strict";
import fc from "fast-check";
import { comparePathPatterns, pathPatternsOverlap } from "../../src/policy/path_order.ts";
import { compileExactPath } from "../../src/policy/path_pattern.ts";

Deno.test("comparePathPatterns() puts the more specific pattern first", () => {
  const table: [string | undefined, string | undefined][] = [
    ["/orgA/**", "/**"],
    ["/orgA/x/**", "/orgA/**"],
    ["/orgA/x", "/orgA/*"],
    ["/orgA/*", "/orgA/**"],
    ["/orgA", "/orgA/**"],
    ["/orgA/", "/orgA/**"],
    ["/orgA/**/x", "/orgA/**"],
    ["/a/b/*", "/a/*/c"],
    ["/*/b", "/**/b"],
    ["/**", undefined],
  ];
  for (const [first, second] of table) {
    assert.ok(comparePathPatterns(first, second) < 0, `${first} before ${second}`);
    assert.ok(comparePathPatterns(second, first) > 0, `${second} after ${first}`);
  }
});

Deno.test("comparePathPatterns() finds neither more specific where only letters differ", () => {
  for (
    const [a, b] of [["/orgA/**", "/orgB/**"], ["/a/*", "/a/*"], ["/**/a/**", "/**/b/**"], [
      undefined,
      undefined,
    ]]
  ) assert.equal(comparePathPatterns(a, b), 0, `${a} and ${b}`);
});

Deno.test("pathPatternsOverlap() tells whether one path may match both", () => {
  const table: [string | undefined, string | undefined, boolean][] = [
    ["/orgA/**", "/orgB/**", false],
    ["/orgA/**", "/**", true],
    ["/orgA/**", "/orgA", true],
    ["/orgA/*", "/orgA/", false],
    ["/orgA/*", "/*/x", true],
    ["/orgA/*", "/*/x/y", false],
    ["/**/a/**", "/**/b/**", true],
    ["/**/a", "/**/b", false],
    ["/orgA", "/orga", false],
    [undefined, "/a", true],
  ];
  for (const [a, b, expected] of table) {
    assert.equal(pathPatternsOverlap(a, b), expected, `${a} and ${b}`);
    assert.equal(pathPatternsOverlap(b, a), expected, `${b} and ${a}`);
  }
});

Deno.test("pathPatternsOverlap() holds for whatever two patterns have in common", () => {
  const segment = fc.constantFrom("a", "b", "*", "**");
  const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((all) =>
    `/${all.join("/")}`
  )
    .filter((text) => (text.match(/\*\*\//g) ?? []).length <= 1);
  const path = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 5 })
    .map((all) => `/${all.join("/")}`);
  fc.assert(
    fc.property(pattern, pattern, path, (a, b, each) => {
      if (!compileExactPath(a).test(each) || !compileExactPath(b).test(each)) return;
      assert.ok(pathPatternsOverlap(a, b));
    }),
    { numRuns: 5000 },
  );
});
