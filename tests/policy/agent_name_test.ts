import assert from "node:assert/strict";
import { isAgentName, parseAgentName } from "../../src/policy/agent_name.ts";

const good = ["a", "0", "ci", "ci.linux-1_a", "a".repeat(63), "9--", "a.."];
const bad = [
  "",
  "a".repeat(64),
  "Ci",
  "-a",
  ".a",
  "_a",
  "a b",
  "a:b",
  "a@b",
  "a/b",
  "a\n",
  "a\0",
  "ä",
  "__proto__",
  "..",
];

Deno.test("parseAgentName() takes 1 to 63 characters that need no escape anywhere", () => {
  for (const name of good) assert.equal(parseAgentName(name), name);
});

Deno.test("parseAgentName() refuses everything else, in one line", () => {
  for (const name of bad) {
    assert.equal(isAgentName(name), false, name);
    assert.throws(() => parseAgentName(name), /^Error: Cannot name an agent "[^\n]*"/);
  }
});
