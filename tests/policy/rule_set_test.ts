import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type HostPattern,
  matchesHostPattern,
  parseHostPattern,
} from "../../src/policy/host_pattern.ts";
import type { Claim, Rule } from "../../src/policy/rule.ts";
import type { RuleConditions } from "../../src/policy/rule_order.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";
import { parseAuthority } from "../../src/wire/authority.ts";

function pattern(text: string): HostPattern {
  const [host = "", label] = text.split(" ");
  const parsed = parseHostPattern(host, { defaultPort: 443 });
  return label === undefined ? parsed : { ...parsed, label };
}

function rule(name: string, hosts: string[], claim?: Claim): Rule {
  return {
    name,
    hosts: hosts.map(pattern),
    fields: [],
    variables: [],
    source: name,
    unavailable: "test",
    ...(claim === undefined ? {} : { claim }),
  };
}

function cluster(name: string, hosts: string[]): Rule {
  return rule(name, hosts, { group: "kubernetes", claimant: name });
}

/** The rule for requests that no condition is about, made by nobody in particular. */
function otherwiseAt(set: RuleSet, authority: string): Rule | undefined {
  return set.candidates(parseAuthority(authority, { defaultPort: 443 }), "").otherwise;
}

function nameAt(set: RuleSet, authority: string): string | undefined {
  return otherwiseAt(set, authority)?.name;
}

Deno.test("RuleSet.candidates() prefers an exact host, then the longest wildcard", () => {
  const set = new RuleSet([
    rule("wide", ["*.example.com"]),
    rule("narrow", ["*.a.example.com"]),
    rule("exact", ["x.a.example.com", "example.com"]),
  ]);
  const table: [string, string | undefined][] = [
    ["example.com", "exact"],
    ["x.a.example.com", "exact"],
    ["y.a.example.com", "narrow"],
    ["z.y.a.example.com", "narrow"],
    ["a.example.com", "wide"],
    ["b.example.com", "wide"],
    ["aexample.com", undefined],
    ["example.com.evil.org", undefined],
    ["com", undefined],
  ];
  for (const [host, expected] of table) assert.equal(nameAt(set, host), expected, host);
});

Deno.test("RuleSet.candidates() tells ports apart, and falls back to a wildcard on the same port", () => {
  const set = new RuleSet([
    rule("a", ["a.example.com:8443"]),
    rule("b", ["a.example.com:9443", "*.example.com:443"]),
  ]);
  assert.equal(nameAt(set, "a.example.com:8443"), "a");
  assert.equal(nameAt(set, "a.example.com:9443"), "b");
  assert.equal(nameAt(set, "a.example.com:443"), "b");
  assert.equal(nameAt(set, "a.example.com:6443"), undefined);
});

Deno.test("RuleSet.candidates() finds addresses, and no wildcard for them", () => {
  const set = new RuleSet([rule("a", ["203.0.113.9", "[2001:db8::1]"])]);
  assert.equal(nameAt(set, "203.0.113.9"), "a");
  assert.equal(nameAt(set, "[2001:db8:0::1]"), "a");
  assert.equal(nameAt(set, "1.203.0.113"), undefined);
});

Deno.test("RuleSet.candidates() goes on to a shorter wildcard where a label does not match", () => {
  const set = new RuleSet([
    cluster("prod", ["*.eu.k8s.corp prod"]),
    rule("all", ["*.k8s.corp"]),
  ]);
  assert.equal(nameAt(set, "prod.eu.k8s.corp"), "prod");
  assert.equal(nameAt(set, "dev.eu.k8s.corp"), "all");
});

Deno.test("RuleSet.candidates() gives a contended host to neither claimant", () => {
  const set = new RuleSet([
    cluster("prod", ["*.k8s.corp prod", "both.k8s.corp"]),
    cluster("dev", ["*.k8s.corp dev", "both.k8s.corp"]),
    rule("default", ["*.k8s.corp"], { group: "kubernetes" }),
  ]);
  assert.equal(nameAt(set, "prod.k8s.corp"), "prod");
  assert.equal(nameAt(set, "api.dev.k8s.corp"), "dev");
  assert.equal(nameAt(set, "test.k8s.corp"), "default");
  assert.equal(nameAt(set, "non-prod.k8s.corp"), "default");
  for (const host of ["prod.dev.k8s.corp", "dev.prod.k8s.corp", "both.k8s.corp"]) {
    const found = otherwiseAt(set, host);
    assert.equal(found?.injection, undefined);
    assert.match(found?.unavailable ?? "", /is claimed by dev and prod/);
    assert.ok(found?.unavailable?.includes(`${host}:443`));
  }
});

Deno.test("RuleSet.candidates() lets a claimant win over a closer rule of its group without one", () => {
  const set = new RuleSet([
    cluster("prod", ["*.k8s.corp"]),
    rule("default", ["*.eu.k8s.corp", "x.k8s.corp"], { group: "kubernetes" }),
  ]);
  assert.equal(nameAt(set, "a.eu.k8s.corp"), "prod");
  assert.equal(nameAt(set, "x.k8s.corp"), "prod");
});

Deno.test("RuleSet.candidates() sees claimants at every length of wildcard", () => {
  const set = new RuleSet([
    cluster("prod", ["*.k8s.corp prod"]),
    cluster("dev", ["*.eu.k8s.corp", "prod.k8s.corp"]),
  ]);
  assert.match(nameAt(set, "prod.eu.k8s.corp") ?? "", /contested/);
  assert.match(nameAt(set, "prod.k8s.corp") ?? "", /contested/);
  assert.equal(nameAt(set, "a.eu.k8s.corp"), "dev");
});

Deno.test("RuleSet.candidates() lets a rule outside the group keep a host that it names closest", () => {
  const set = new RuleSet([
    cluster("prod", ["*.k8s.corp prod"]),
    cluster("dev", ["*.k8s.corp dev"]),
    rule("own", ["prod.dev.k8s.corp"]),
  ]);
  assert.equal(nameAt(set, "prod.dev.k8s.corp"), "own");
});

Deno.test("RuleSet.coversHost() ignores the port", () => {
  const set = new RuleSet([
    rule("a", ["a.example.com:8443", "203.0.113.9:6443"]),
    cluster("prod", ["*.k8s.corp:6443 prod"]),
  ]);
  assert.equal(set.coversHost("a.example.com")?.name, "a");
  assert.equal(set.coversHost("203.0.113.9")?.name, "a");
  assert.equal(set.coversHost("prod.k8s.corp")?.name, "prod");
  assert.equal(set.coversHost("dev.k8s.corp"), undefined);
  assert.equal(set.coversHost("k8s.corp"), undefined);
  assert.equal(set.coversHost("evila.example.com"), undefined);
});

Deno.test("RuleSet refuses two rules for one pattern that do not contend in one group", () => {
  const twins: [Rule, Rule][] = [
    [rule("a", ["a.example.com"]), rule("b", ["a.example.com"])],
    [rule("a", ["*.example.com"]), rule("b", ["*.example.com x"])],
    [cluster("a", ["a.example.com"]), rule("b", ["a.example.com"])],
    [cluster("a", ["a.example.com"]), rule("b", ["a.example.com"], { group: "talos" })],
  ];
  for (const rules of twins) {
    assert.throws(() => new RuleSet(rules), TypeError);
    assert.throws(() => new RuleSet(rules.toReversed()), TypeError);
  }
});

Deno.test("RuleSet.candidates() finds exactly what matchesHostPattern() accepts", () => {
  const label = fc.constantFrom("a", "b", "prod", "example");
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((all) =>
    `${all.join(".")}.test`
  );
  const text = fc.tuple(host, fc.boolean(), fc.constantFrom(443, 6443))
    .map(([name, wild, port]) => `${wild ? "*." : ""}${name}:${port}`);
  fc.assert(fc.property(fc.uniqueArray(text), host, (patterns, name) => {
    const rules = patterns.map((each) => rule(each, [each]));
    const authority = parseAuthority(`${name}:443`);
    const found = new RuleSet(rules).candidates(authority, "").otherwise;
    const fitting = patterns.filter((each) => matchesHostPattern(pattern(each), authority));
    const closest = fitting.toSorted((a, b) =>
      b.replace("*", "").length - a.replace("*", "").length
    )
      .find((each) => !each.startsWith("*")) ??
      fitting.toSorted((a, b) => b.length - a.length)[0];
    assert.equal(found?.name, closest);
  }));
});

/** A rule for hosts, with conditions. */
function only(name: string, hosts: string[], conditions: RuleConditions): Rule {
  return { ...rule(name, hosts), ...conditions };
}

/** The rules that are asked in turn, the one for all else last. */
function turnsAt(set: RuleSet, authority: string, agent = ""): string[] {
  const parsed = parseAuthority(authority, { defaultPort: 443 });
  const { conditional, otherwise } = set.candidates(parsed, agent);
  return [...conditional.map(({ rule }) => rule.name), otherwise?.name ?? "none"];
}

Deno.test("RuleSet.candidates() asks the more specific rule first, whatever their order", () => {
  const rules = [
    rule("all", ["git.example.com"]),
    only("reads", ["git.example.com"], { methods: ["GET"] }),
    only("any-path", ["git.example.com"], { path: "/**" }),
    only("org-a", ["git.example.com"], { path: "/orgA/**" }),
    only("org-b", ["git.example.com"], { path: "/orgB/**" }),
    only("org-a-reads", ["git.example.com"], { path: "/orgA/**", methods: ["GET"] }),
    only("org-a-x", ["git.example.com"], { path: "/orgA/x" }),
  ];
  const expected = ["org-a-x", "org-a-reads", "org-a", "any-path", "reads", "all"];
  for (const order of [rules, rules.toReversed()]) {
    const turns = turnsAt(new RuleSet(order), "git.example.com");
    assert.deepEqual(turns.filter((name) => name !== "org-b"), expected);
    assert.ok(turns.indexOf("org-b") < turns.indexOf("any-path"));
  }
});

Deno.test("RuleSet.candidates() asks the closest host first, and ends at a rule for every request", () => {
  const set = new RuleSet([
    only("path", ["a.example.com"], { path: "/x/**" }),
    rule("wild", ["*.example.com"]),
    only("wild-path", ["*.example.com"], { path: "/a/b/c" }),
    rule("exact", ["b.example.com"]),
  ]);
  assert.deepEqual(turnsAt(set, "a.example.com"), ["path", "wild-path", "wild"]);
  assert.deepEqual(turnsAt(set, "b.example.com"), ["exact"]);
  assert.deepEqual(turnsAt(set, "c.example.com"), ["wild-path", "wild"]);
  assert.deepEqual(turnsAt(set, "example.com"), ["none"]);
});

Deno.test("RuleSet.candidates() gives an agent its own rules and everyone's, nobody else's", () => {
  const set = new RuleSet([
    only("ci", ["a.example.com", "ci.example.com"], { agents: ["ci"] }),
    only("bots", ["a.example.com"], { agents: ["dev", "qa"] }),
    only("ci-path", ["a.example.com"], { agents: ["ci"], path: "/x" }),
    rule("everyone", ["a.example.com"]),
  ]);
  assert.deepEqual(turnsAt(set, "a.example.com", "ci"), ["ci-path", "ci"]);
  assert.deepEqual(turnsAt(set, "a.example.com", "qa"), ["bots"]);
  assert.deepEqual(turnsAt(set, "a.example.com", "CI"), ["everyone"]);
  assert.deepEqual(turnsAt(set, "a.example.com"), ["everyone"]);
  assert.deepEqual(turnsAt(set, "ci.example.com", "qa"), ["none"]);
  assert.deepEqual(turnsAt(set, "ci.example.com"), ["none"]);
  // Never in clear, whoever asks.
  assert.equal(set.coversHost("ci.example.com")?.name, "ci");
});

Deno.test("RuleSet.candidates() asks a conditional rule before a claim is settled", () => {
  const set = new RuleSet([
    cluster("prod", ["*.k8s.corp prod"]),
    cluster("dev", ["*.k8s.corp dev"]),
    only("path", ["*.k8s.corp"], { path: "/api/**" }),
  ]);
  assert.deepEqual(turnsAt(set, "prod.k8s.corp"), ["path", "prod"]);
  assert.match(turnsAt(set, "prod.dev.k8s.corp").join(), /^path,kubernetes-contested/);
  assert.deepEqual(turnsAt(set, "x.k8s.corp"), ["path", "none"]);
});

Deno.test("RuleSet refuses two rules for one pattern that neither conditions nor order tell apart", () => {
  const ties: [RuleConditions, RuleConditions][] = [
    [{ path: "/a/**" }, { path: "/a/**" }],
    [{ path: "/**/a/**" }, { path: "/**/b/**" }],
    [{ methods: ["GET", "PUT"] }, { methods: ["PUT"] }],
    [{ agents: ["ci", "dev"] }, { agents: ["dev"] }],
    [{ path: "/a", methods: ["GET"], agents: ["ci"] }, {
      path: "/a",
      methods: ["GET"],
      agents: ["ci"],
    }],
  ];
  for (const [a, b] of ties) {
    const rules = [only("a", ["a.example.com"], a), only("b", ["a.example.com"], b)];
    assert.throws(() => new RuleSet(rules), TypeError, JSON.stringify([a, b]));
    assert.throws(() => new RuleSet(rules.toReversed()), TypeError);
  }
  const apart: [RuleConditions, RuleConditions][] = [
    [{ path: "/a/**" }, { path: "/b/**" }],
    [{ path: "/a/**" }, { path: "/a/*" }],
    [{ path: "/a/**" }, {}],
    [{ methods: ["GET"] }, { methods: ["PUT"] }],
    [{ methods: ["GET"] }, {}],
    [{ agents: ["ci"] }, { agents: ["dev"] }],
    [{ agents: ["ci"] }, {}],
    [{ path: "/a", agents: ["ci"] }, { path: "/a", agents: ["dev"] }],
    [{ path: "/a", methods: ["GET"] }, { path: "/a", methods: ["PUT"] }],
  ];
  for (const [a, b] of apart) {
    assert.ok(new RuleSet([only("a", ["a.example.com"], a), only("b", ["a.example.com"], b)]));
  }
});
