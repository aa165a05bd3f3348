import assert from "node:assert/strict";
import { everyRule } from "../../src/policy/redaction_scope.ts";
import { EgressPolicy, type EgressSettings, openEgress } from "../../src/policy/egress_policy.ts";
import { parseHostFilter } from "../../src/policy/host_filter.ts";
import { parseHostPattern } from "../../src/policy/host_pattern.ts";
import type { Rule } from "../../src/policy/rule.ts";
import type { RuleConditions } from "../../src/policy/rule_order.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";
import { proxyHop } from "../../src/policy/proxy_hop.ts";
import { parseProxyUrl } from "../../src/policy/proxy_url.ts";
import { noUpstreamProxies, UpstreamProxies } from "../../src/policy/upstream_proxies.ts";
import { RoutePlan } from "../../src/proxy/route.ts";
import { parseAuthority } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { requestHead } from "../support/request_head.ts";

function rule(name: string, host: string, conditions: RuleConditions = {}): Rule {
  const hosts = [parseHostPattern(host, { defaultPort: 443 })];
  return {
    name,
    hosts,
    fields: [],
    variables: [],
    source: name,
    unavailable: "test",
    ...conditions,
  };
}

interface World {
  readonly rules?: readonly Rule[];
  readonly egress?: Partial<EgressSettings>;
  readonly agent?: string;
  readonly proxies?: UpstreamProxies;
}

function plan(
  authority: string,
  { rules = [], egress = {}, agent = "", proxies = noUpstreamProxies }: World = {},
): RoutePlan {
  return new RoutePlan(
    { scheme: "https", authority: parseAuthority(authority, { defaultPort: 443 }), agent },
    {
      rules: new RuleSet(rules),
      egress: new EgressPolicy({ ...openEgress, ...egress }),
      redaction: { settings: everyRule },
      proxies,
    },
  );
}

function routeFor(from: RoutePlan, line: string) {
  const head = requestHead(line);
  return from.routeFor(head, head.target);
}

const denyAdmin = {
  deny: [{ host: parseHostFilter("a.example"), path: "/admin/**", place: "egress.deny[0]" }],
};
const rules = [
  rule("org-a", "git.example", { path: "/orgA/**" }),
  rule("reads", "git.example", { methods: ["GET"] }),
  rule("ci", "ci.example", { agents: ["ci"] }),
  rule("plain", "a.example"),
];

Deno.test("RoutePlan.routeFor() gives every request one route where nothing depends on it", () => {
  for (const authority of ["a.example", "b.example"]) {
    const all = plan(authority, { rules });
    assert.equal(routeFor(all, "GET /a"), routeFor(all, "PUT /%zz"));
    assert.equal(
      routeFor(all, "GET /a").rule?.name,
      authority === "a.example" ? "plain" : undefined,
    );
    assert.equal(all.decrypts, authority === "a.example");
  }
});

Deno.test("RoutePlan.routeFor() gives a request the first rule that is surely for it", () => {
  const git = plan("git.example", { rules });
  assert.ok(git.decrypts);
  const table: [string, string | undefined][] = [
    ["PUT /orgA/x", "org-a"],
    ["GET /orgA/x", "org-a"],
    ["GET /orgB/x", "reads"],
    ["GET /orgA/../orgB/x", "reads"],
    ["PUT /orgB/x", undefined],
    ["PUT /orgA/%2e%2e/orgB", undefined],
    ["GET /orgB/x?_method=put", undefined],
  ];
  for (const [line, expected] of table) {
    const route = routeFor(git, line);
    assert.equal(route.rule?.name, expected, line);
    assert.ok(route.hasRules);
  }
  assert.throws(() => routeFor(git, "GET /%zz"), WireError);
});

Deno.test("RoutePlan keeps connections of different rules, agents and destinations apart", () => {
  const keys = [
    ...["PUT /orgA/x", "GET /orgB/x", "PUT /orgB/x"]
      .map((line) => routeFor(plan("git.example", { rules }), line).key),
    routeFor(plan("git.example", { rules, agent: "ci" }), "PUT /orgA/x").key,
    routeFor(plan("git.example:444", { rules }), "PUT /orgA/x").key,
    routeFor(plan("ci.example", { rules }), "GET /").key,
    routeFor(plan("ci.example", { rules, agent: "ci" }), "GET /").key,
    routeFor(plan("ci.example", { rules, agent: "dev" }), "GET /").key,
  ];
  assert.equal(new Set(keys).size, keys.length);
  const again = routeFor(plan("git.example", { rules }), "GET /orgA/y").key;
  assert.equal(again, keys[0]);
});

Deno.test("RoutePlan leaves a host to whom its rules are not for alone", () => {
  const other = plan("ci.example", { rules, agent: "dev" });
  assert.ok(!other.hasRules && !other.decrypts);
  assert.equal(routeFor(other, "GET /").rule, undefined);
  assert.equal(routeFor(plan("ci.example", { rules, agent: "ci" }), "GET /").rule?.name, "ci");
});

Deno.test("RoutePlan decrypts a host that an egress condition is about, and asks it per request", () => {
  for (const withRule of [[], rules]) {
    const looked = plan("a.example", { rules: withRule, egress: denyAdmin });
    assert.ok(looked.decrypts);
    assert.equal(looked.hasRules, withRule.length > 0);
    assert.deepEqual(routeFor(looked, "GET /admin").egress, {
      allow: false,
      reason: "egress.deny[0] (a.example)",
    });
    assert.equal(routeFor(looked, "GET /x").egress.allow, true);
  }
  assert.ok(!plan("b.example", { egress: denyAdmin }).decrypts);
});

Deno.test("RoutePlan by default deny allows the requests that a rule is for, not all of its host", () => {
  const git = plan("git.example", { rules, egress: { default: "deny" } });
  assert.equal(git.egress.allow, true);
  assert.equal(routeFor(git, "PUT /orgA/x").egress.allow, true);
  assert.deepEqual(routeFor(git, "PUT /orgB/x").egress, {
    allow: false,
    reason: "egress.default is deny",
  });
});

Deno.test("RoutePlan keeps what goes through another proxy apart from what does not", () => {
  const through = (url: string) => {
    const hop = proxyHop({ ...parseProxyUrl(url), source: "test" });
    return new UpstreamProxies({ https: hop, bypass: [] });
  };
  const urls = ["http://a.proxy:1", "http://a.proxy:2", "https://a.proxy:1"];
  const keys = [noUpstreamProxies, ...urls.map(through)].map((proxies) =>
    routeFor(plan("a.example", { proxies }), "GET /").key
  );
  assert.equal(new Set(keys).size, keys.length);
  const own = proxyHop({ ...parseProxyUrl("http://own.proxy:1"), source: "test" });
  const ruled = plan("a.example", {
    rules: [{ ...rule("r", "a.example"), hop: own }],
    proxies: through("http://a.proxy:1"),
  });
  assert.equal(routeFor(ruled, "GET /").hop, own, "a rule's own proxy has the word");
});
