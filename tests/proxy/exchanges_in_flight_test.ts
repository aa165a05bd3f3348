import assert from "node:assert/strict";
import type { ProxyError } from "../../src/errors.ts";
import { bearer } from "../../src/policy/credential_format.ts";
import { parseHostPattern } from "../../src/policy/host_pattern.ts";
import { createInjection } from "../../src/policy/inject.ts";
import type { Rule } from "../../src/policy/rule.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";
import { ExchangesInFlight } from "../../src/proxy/exchanges_in_flight.ts";
import type { Route } from "../../src/proxy/route.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { parseAuthority } from "../../src/wire/authority.ts";

function rule(changed: Partial<Rule> & { token?: string } = {}): Rule {
  const { token = "one", ...rest } = changed;
  const secret = new Secret("T", token);
  const field = { name: "Authorization", format: bearer, variable: "T", secret };
  const injection = createInjection({ fields: [field], carriers: { fields: [] } });
  return {
    name: "r",
    hosts: [parseHostPattern("a.example.com", { defaultPort: 443 })],
    fields: [],
    variables: [{ name: "T" }],
    source: "test",
    ...(rest.unavailable === undefined ? { injection } : {}),
    ...rest,
  };
}

function inFlight(under: Rule, agent = "ci") {
  const cuts: ProxyError[] = [];
  const authority = parseAuthority("a.example.com", { defaultPort: 443 });
  const route = { authority, agent, rule: under } as Route;
  return { route, cuts, cut: (reason: ProxyError) => void cuts.push(reason) };
}

const other = [parseHostPattern("b.example.com", { defaultPort: 443 })];
const cases: [string, readonly Rule[], number][] = [
  ["the same rule", [rule()], 0],
  ["the rule with another value", [rule({ token: "two" })], 0],
  ["the rule with more conditions", [rule({ path: "/x/**", methods: ["GET"] })], 0],
  ["the rule for this agent among others", [rule({ agents: ["ci", "dev"] })], 0],
  ["the rule for another agent", [rule({ agents: ["dev"] })], 1],
  ["no rule", [], 1],
  ["a rule of another name with that secret", [rule({ name: "s" })], 1],
  ["the rule at another host", [rule({ hosts: other })], 1],
  ["the rule without its secret", [rule({ unavailable: "T is not set" })], 1],
  ["the rule with another secret", [rule({ variables: [{ name: "U" }] })], 1],
];

for (const [what, rules, cut] of cases) {
  Deno.test(`ExchangesInFlight ${cut > 0 ? "cuts" : "keeps"} what is under way under ${what}`, () => {
    const exchanges = new ExchangesInFlight();
    const first = new RuleSet([rule()]);
    const exchange = inFlight(rule());
    exchanges.add(exchange, first);
    assert.equal(exchanges.holdTo(new RuleSet(rules)), cut);
    assert.equal(exchange.cuts.length, cut);
    for (const { kind, message } of exchange.cuts) {
      assert.equal(kind, "credential_unavailable");
      assert.equal(message, "The credential of rule r was revoked");
    }
  });
}

Deno.test("ExchangesInFlight cuts what was revoked while it waited, before it has begun", () => {
  const exchanges = new ExchangesInFlight();
  const first = new RuleSet([rule()]);
  exchanges.holdTo(new RuleSet([]));
  const late = inFlight(rule());
  exchanges.add(late, first);
  assert.equal(late.cuts.length, 1);
});

Deno.test("ExchangesInFlight does not cut what is over", () => {
  const exchanges = new ExchangesInFlight();
  const exchange = inFlight(rule());
  exchanges.add(exchange, new RuleSet([rule()]));
  exchanges.remove(exchange);
  assert.equal(exchanges.holdTo(new RuleSet([])), 0);
  assert.deepEqual(exchange.cuts, []);
});
