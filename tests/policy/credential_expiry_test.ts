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
  assert.equal(credentialExpiry(withTokens(token(2000), token(1000))).expiresAt, 1_000_000);
  assert.equal(credentialExpiry(withTokens("ghp_0123456789")).expiresAt, undefined);
  assert.equal(credentialExpiry({ ...base, unavailable: "TOKEN is not set" }).expiresAt, undefined);
});

Deno.test("credentialExpiry() takes no time that no date can hold", () => {
  assert.equal(credentialExpiry(withTokens(token(8.64e12))).expiresAt, 8.64e15);
  assert.equal(credentialExpiry(withTokens(token(8.64e12 + 1))).expiresAt, undefined);
});

function live(...states: LiveCredential["states"]): Rule {
  return { ...base, live: { states } as LiveCredential };
}

Deno.test("credentialExpiry() is renewed if each part that ends is", () => {
  const renewal = { at: 0, isFailing: false };
  const renewed = { isGood: true, expiresAt: 7, renewal };
  const certificate = { isGood: true, expiresAt: 9 };
  assert.deepEqual(credentialExpiry(live(renewed)), { expiresAt: 7, renews: true });
  assert.deepEqual(credentialExpiry(live(renewed, certificate)), { expiresAt: 7, renews: false });
  assert.deepEqual(credentialExpiry(live({ isGood: false, expiresAt: 1, renewal })), {
    renews: true,
  });
});
