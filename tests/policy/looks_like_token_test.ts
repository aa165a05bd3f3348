import assert from "node:assert/strict";
import { looksLikeToken } from "../../src/policy/looks_like_token.ts";
import { parseRuleFlag } from "../../src/policy/rule_flag.ts";

const tokens = [
  `ghp_${"a1B2".repeat(9)}`,
  `github_pat_${"A1b2".repeat(5)}_${"c3D4".repeat(10)}`,
  `npm_${"x9Y8".repeat(9)}`,
  `sk_live_${"a1B2".repeat(6)}`,
  "0a1b2c3d".repeat(4),
  `A${"KIA"}IOSFODNN7EXAMPLE`,
  "Zm9vYmFyMTIzNDU2Nzg5MEFC",
];

Deno.test("looksLikeToken() knows tokens that would pass for a variable's name", () => {
  for (const token of tokens) assert.ok(looksLikeToken(token), token);
});

Deno.test("looksLikeToken() lets the names of variables and secrets be", () => {
  const names = [
    "GITHUB_TOKEN",
    "gh",
    "k8s_prod",
    "org_a",
    "npm_token",
    "sk_live_key",
    "ghp_token",
    "KUBERNETES_SERVICE_ACCOUNT_TOKEN_2",
    "githubPersonalAccessToken2",
    "AWS_ACCESS_KEY_ID",
    "deadbeef",
  ];
  for (const name of names) assert.ok(!looksLikeToken(name), name);
});

Deno.test("parseRuleFlag() does not take a token for the name of a variable, nor quote it", () => {
  for (const token of tokens) {
    assert.throws(() => parseRuleFlag(`api.example.com,Authorization,${token}`), (error) => {
      assert.match(String(error), /not the secret itself/);
      return !String(error).includes(token);
    });
  }
});
