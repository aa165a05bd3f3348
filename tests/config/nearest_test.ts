import assert from "node:assert/strict";
import { nearest } from "../../src/config/nearest.ts";

Deno.test("nearest() finds what was probably meant, and nothing where all is far", () => {
  const keys = ["host", "port", "methods", "path", "agents"];
  const table: [string, string | undefined][] = [
    ["hots", "host"],
    ["prot", "port"],
    ["Host", "host"],
    ["method", "methods"],
    ["mehtod", "methods"],
    ["agnt", "agents"],
    ["ports", "port"],
    ["paths", "path"],
    ["x", undefined],
    ["hoooost", undefined],
    ["", undefined],
  ];
  for (const [word, expected] of table) assert.equal(nearest(word, keys), expected, word);
  assert.equal(nearest("host", []), undefined);
});
