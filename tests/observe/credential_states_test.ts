import assert from "node:assert/strict";
import { CredentialStates } from "../../src/observe/credential_states.ts";
import type { LiveCredential, PartState } from "../../src/policy/live_credential.ts";
import type { Rule } from "../../src/policy/rule.ts";

const base = { hosts: [], fields: [], variables: [], source: "test" };

function live(states: readonly PartState[]): LiveCredential {
  const unavailable = states.every(({ isGood }) => isGood) ? {} : { unavailable: "expired" };
  return {
    title: "t",
    states,
    current: () => unavailable,
    renew: () => undefined,
    doubt() {},
    recent: [],
    onOutcome() {},
  };
}

function statesOf(...rules: Rule[]) {
  const states = new CredentialStates({ rules });
  return {
    rules: [...states.rules()].map(({ name, isAvailable }) => `${name} ${isAvailable}`),
    secrets: [...states.secrets()],
  };
}

Deno.test("CredentialStates takes what the next request has renewed for available, unless that fails", () => {
  const expired = { isGood: false, expiresAt: 1000 };
  const { rules, secrets } = statesOf(
    {
      ...base,
      name: "idle",
      live: live([{ ...expired, name: "A", renewal: { isFailing: false } }]),
    },
    {
      ...base,
      name: "broken",
      live: live([{ ...expired, name: "B", renewal: { isFailing: true } }]),
    },
    { ...base, name: "over", live: live([expired]) },
    { ...base, name: "kept", live: live([{ isGood: true, renewal: { at: 5, isFailing: true } }]) },
  );
  assert.deepEqual(rules, ["idle true", "broken false", "over false", "kept true"]);
  assert.deepEqual(secrets, [
    { name: "A", isAvailable: true, expiresAt: 1000, renewal: { isFailing: false } },
    { name: "B", isAvailable: false, expiresAt: 1000, renewal: { isFailing: true } },
    { name: "over", isAvailable: false, expiresAt: 1000 },
    { name: "kept", isAvailable: true, expiresAt: undefined, renewal: { at: 5, isFailing: true } },
  ]);
});

Deno.test("CredentialStates tells of one secret of several rules once", () => {
  const variables = [{ name: "A", source: "environment" }];
  const { rules, secrets } = statesOf(
    { ...base, variables, name: "one", unavailable: "it is not there" },
    { ...base, variables, name: "two" },
  );
  assert.deepEqual(rules, ["one false", "two true"]);
  assert.deepEqual(secrets, [{ name: "A", isAvailable: true }]);
});
