import assert from "node:assert/strict";
import { credentialExpiry } from "../../src/policy/credential_expiry.ts";
import { createInjection } from "../../src/policy/inject.ts";
import type { LiveCredential } from "../../src/policy/live_credential.ts";
import type { Rule } from "../../src/policy/rule.ts";
import { Secret } from "../../src/secrets/secret.ts";

const base = { name: "r", hosts: [], fields: [], variables: [], source: "test" };

function token(exp: unknown): string {
  return `e30.${btoa(JSON.stringify({ exp })).replaceAll("=", "")}.c2ln`;
}

function withTokens(...values: readonly string[]): Rule {
  const fields = values.map((value, index) => ({
    name: `X-Token-${index}`,
    variable: "TOKEN",
    format: { kind: "prefix", prefix: "" } as const,
    secret: new Secret("TOKEN", value),
  }));
  return { ...base, injection: createInjection({ fields, carriers: { fields: [] } }) };
}

Deno.test("credentialExpiry() is the first end that a credential's parts say", () => {
  assert.equal(credentialExpiry(withTokens(token(2000), token(1000))), 1_000_000);
  assert.equal(credentialExpiry(withTokens("ghp_0123456789")), undefined);
  assert.equal(credentialExpiry({ ...base, unavailable: "TOKEN is not set" }), undefined);
});

Deno.test("credentialExpiry() takes no time that no date can hold", () => {
  assert.equal(credentialExpiry(withTokens(token(8.64e12))), 8.64e15);
  assert.equal(credentialExpiry(withTokens(token(8.64e12 + 1))), undefined);
});

Deno.test("credentialExpiry() asks what renews itself", () => {
  const live: Pick<LiveCredential, "expiresAt"> = { expiresAt: 7 };
  assert.equal(credentialExpiry({ ...base, live: live as LiveCredential }), 7);
});
