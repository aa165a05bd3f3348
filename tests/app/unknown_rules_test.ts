import assert from "node:assert/strict";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { unknownRules } from "../../src/app/unknown_rules.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";

const requests = { count: 1, perMs: 1000, burst: 1 };

Deno.test("unknownRules() takes rules that there are, active or not, and limits for all", () => {
  const inactive = { name: "github", hosts: [], fields: [], variables: [], reason: "not set" };
  const rules = new RuleSet([], [inactive]);
  const known = [{ requests, rule: "github", where: "c.yaml:1:1" }, { requests }];
  assert.deepEqual(unknownRules({ rateLimits: known }, rules), []);
});

Deno.test("a rate limit for a rule that there is not: exit 2, its place and the nearest name", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write(
    "c.yaml",
    "rules:\n  - { name: org-a, match: { host: a.example.com }, inject: { headers: { X: '${A}' } } }\n" +
      "rate_limits:\n  - { rule: org-b, requests: 1/s }\n  - { rule: sk-live-sesame, requests: 1/s }\n",
  );
  const args = ["--config", file, "--ca-dir", dir.join("ca"), "--listen", "127.0.0.1:0"];
  const outcome = await runProxyToExit([...args, "--admin", "127.0.0.1:0"], { dir });
  assert.equal(outcome.code, 2, outcome.stderr);
  const [near, far, ...rest] = outcome.stderr.trimEnd().split("\n");
  assert.equal(
    near,
    `auth-proxy: ${file}:4:13: Cannot limit this rule: no rule has this name; did you mean org-a?`,
  );
  assert.ok(far?.startsWith(`auth-proxy: ${file}:5:13: Cannot limit this rule: `), far);
  assert.ok(!outcome.stderr.includes("sesame"));
  assert.deepEqual(rest, []);
});
