import assert from "node:assert/strict";
import { Redactor } from "../../src/policy/redact.ts";
import { parseHostPattern } from "../../src/policy/host_pattern.ts";
import { createInjection } from "../../src/policy/inject.ts";
import { bearer } from "../../src/policy/credential_format.ts";
import type { Rule } from "../../src/policy/rule.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";
import { Renewable } from "../../src/secrets/renewable.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { ChangingCredential } from "../../src/services/changing_credential.ts";
import type { CredentialParts } from "../../src/services/credential_source.ts";
import { CredentialSearch } from "../../src/services/credential_search.ts";

/** A rule whose token becomes the next of the list each time that it is renewed. */
function changingRule(tokens: readonly string[]): { rule: Rule; renew: () => Promise<void> } {
  let next = 0;
  const source = new Renewable<CredentialParts>({
    title: "The token",
    now: () => next,
    obtain: () => {
      const secret = new Secret("T", tokens[next++] ?? "");
      const field = { name: "Authorization", format: bearer, variable: "token", secret };
      return Promise.resolve({ value: { fields: [field] }, renewAt: next });
    },
    meanwhile: "drop",
    pause: 0,
  });
  const live = new ChangingCredential(source, { carriers: { fields: [] } });
  const rule: Rule = {
    name: "a",
    hosts: [parseHostPattern("a.example.com", { defaultPort: 443 })],
    fields: [],
    variables: [],
    source: "test",
    live,
  };
  return { rule, renew: async () => await live.renew() };
}

function masked(search: CredentialSearch, text: string): string {
  const octets = new TextEncoder().encode(text);
  new Redactor(search).whole(octets);
  return new TextDecoder().decode(octets);
}

Deno.test("CredentialSearch looks for the value in use and the three before it", async () => {
  const tokens = ["first-token", "secnd-token", "third-token", "forth-token", "fifth-token"];
  const { rule, renew } = changingRule(tokens);
  const search = new CredentialSearch(new RuleSet([rule]));
  assert.ok(search.patterns.isEmpty);
  for (let known = 1; known <= tokens.length; known++) {
    await renew();
    const found = tokens.map((token) => masked(search, token) === "*".repeat(token.length));
    assert.deepEqual(found, tokens.map((_, index) => index < known && index >= known - 4));
  }
  assert.equal(search.patterns, search.patterns, "it is made anew only after a change");
});

/** A rule whose token never changes. */
function fixedRule(name: string, token: string): Rule {
  const secret = new Secret(name, token);
  const field = { name: "Authorization", format: bearer, variable: name, secret };
  return {
    name: "a",
    hosts: [parseHostPattern("a.example.com", { defaultPort: 443 })],
    fields: [],
    variables: [{ name }],
    source: "test",
    injection: createInjection({ fields: [field], carriers: { fields: [] } }),
  };
}

Deno.test("CredentialSearch looks for the three values that reloads have replaced last", () => {
  const tokens = ["first-token", "secnd-token", "third-token", "forth-token", "fifth-token"];
  let search: CredentialSearch | undefined;
  for (const [index, token] of tokens.entries()) {
    for (let same = 0; same < 5; same++) {
      search = new CredentialSearch(new RuleSet([fixedRule("T", token)]), { before: search });
    }
    for (const [other, text] of tokens.entries()) {
      const isKnown = other <= index && other >= index - 3;
      const expected = isKnown ? "*".repeat(text.length) : text;
      assert.equal(search && masked(search, text), expected, `${text} after ${token}`);
    }
  }
  const without = new CredentialSearch(new RuleSet([]), { before: search });
  assert.equal(masked(without, "fifth-token"), "***********", "one that was taken away");
});

Deno.test("CredentialSearch looks for what a renewal had brought before a reload", async () => {
  const { rule, renew } = changingRule(["first-token", "secnd-token"]);
  const before = new CredentialSearch(new RuleSet([rule]));
  await renew();
  assert.equal(masked(before, "first-token"), "***********");
  await renew();
  const after = new CredentialSearch(new RuleSet([]), { before });
  assert.equal(masked(after, "first-token secnd-token"), "*********** ***********");
});

Deno.test("a response that began before a renewal is searched for the new value too", async () => {
  const { rule, renew } = changingRule(["first-token", "secnd-token"]);
  const search = new CredentialSearch(new RuleSet([rule]));
  await renew();
  const redactor = new Redactor(search);
  const out: Uint8Array[] = [];
  redactor.push(new TextEncoder().encode("first-token\n"), out);
  await renew();
  redactor.push(new TextEncoder().encode("first-token secnd-token\n"), out);
  redactor.end(out);
  const text = out.map((piece) => new TextDecoder().decode(piece)).join("");
  assert.equal(text, "***********\n*********** ***********\n");
});
