import assert from "node:assert/strict";
import { type ListChanges, mergeListField } from "../../src/policy/list_field.ts";

Deno.test("mergeListField() adds what is missing, drops by prefix and keeps the rest", () => {
  const table: [string[], ListChanges, string | undefined][] = [
    [[], {}, undefined],
    [[], { ensure: ["a"] }, "a"],
    [["b"], { ensure: ["a"] }, "b, a"],
    [["a"], { ensure: ["a"] }, "a"],
    [["b,a ,c"], { ensure: ["a"] }, "b, a, c"],
    [["b", "c"], { ensure: ["a"] }, "b, c, a"],
    [["ab"], { ensure: ["a"] }, "ab, a"],
    [[" , ,"], {}, undefined],
    [["v5.channel.k8s.io, bearer.x"], { dropPrefixes: ["bearer."] }, "v5.channel.k8s.io"],
    [["BEARER.x", "y"], { dropPrefixes: ["Bearer."] }, "y"],
    [["bearer.x"], { dropPrefixes: ["bearer."] }, undefined],
    [["xbearer.x"], { dropPrefixes: ["bearer."] }, "xbearer.x"],
  ];
  for (const [values, changes, expected] of table) {
    assert.equal(mergeListField(values, changes), expected, JSON.stringify([values, changes]));
  }
});
