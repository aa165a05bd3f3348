import assert from "node:assert/strict";
import { build, injectedAt, notesOf, ruleAt } from "./support.ts";

Deno.test("buildCustomRules() makes a rule of each host pattern", () => {
  const built = build({ A_KEY: "a", B_KEY: "b" }, [
    "api.example.com,Authorization,A_KEY",
    "*.example.org:8443,X-Key,B_KEY,k={}",
  ]);
  assert.deepEqual(built.problems, []);
  assert.deepEqual(injectedAt(built, "api.example.com"), ["Authorization: Bearer a"]);
  assert.deepEqual(injectedAt(built, "x.example.org:8443"), ["X-Key: k=b"]);
  assert.equal(injectedAt(built, "x.example.org"), undefined);
  const rule = ruleAt(built, "api.example.com");
  assert.equal(rule?.name, "api.example.com");
  assert.equal(rule?.source, "--rule 'api.example.com,Authorization,A_KEY'");
  assert.deepEqual(rule?.variables, [{ name: "A_KEY", source: "environment" }]);
  assert.deepEqual(rule?.fields, [{ header: "Authorization", format: "Bearer ${A_KEY}" }]);
});

Deno.test("buildCustomRules() joins the fields of one host pattern", () => {
  const flags = ["api.example.com,X-Id,ID", "API.example.com:443,X-Key,KEY"];
  const built = build({ ID: "i", KEY: "k" }, flags);
  assert.deepEqual(injectedAt(built, "api.example.com"), ["X-Id: i", "X-Key: k"]);
  assert.equal(built.ruleSet.rules.length, 1);
  const half = build({ ID: "i" }, flags);
  assert.deepEqual(half.problems, []);
  assert.equal(ruleAt(half, "api.example.com")?.unavailable, "KEY is not set");
  assert.equal(ruleAt(half, "api.example.com")?.injection, undefined);
});

Deno.test("buildCustomRules() refuses one header twice for one host, and settings as secrets", () => {
  const twice = build({ A: "a", B: "b" }, ["a.example.com,X-Key,A", "a.example.com,x-key,B"]);
  assert.deepEqual(twice.problems.map(({ message }) => message), [
    "Another --rule sets x-key for a.example.com:443 already: remove one",
  ]);
  const setting = build({ K8S_HOSTS: "a.k8s.corp" }, ["a.example.com,X-Key,K8S_HOSTS"]);
  assert.match(setting.problems[0]?.message ?? "", /K8S_HOSTS is a setting and no secret/);
});

Deno.test("buildCustomRules() answers 502 where the variable is missing: no start-up problem", () => {
  const built = build({}, ["a.example.com,X-Key,NOWHERE"]);
  assert.deepEqual(built.problems, []);
  assert.equal(ruleAt(built, "a.example.com")?.unavailable, "NOWHERE is not set");
  assert.deepEqual(notesOf(built, "nearly"), [
    "--rule: NOWHERE is not set, so a.example.com:443 is answered with 502",
  ]);
});

Deno.test("buildCustomRules() removes the carriers of the services that live at its hosts", () => {
  const table: [string, Record<string, string>, string, string[]][] = [
    ["api.anthropic.com,X-Mine,M", {}, "api.anthropic.com", ["x-api-key", "authorization"]],
    ["api.anthropic.com:8443,X-Mine,M", {}, "api.anthropic.com:8443", ["x-api-key"]],
    ["*.cloudflare.com,X-Mine,M", {}, "api.cloudflare.com", ["x-auth-key"]],
    ["g.corp,X-Mine,M", { GRAFANA_HOST: "g.corp" }, "g.corp", ["x-webauth-user"]],
    [
      "prod.k8s.corp:6443,X-Mine,M",
      { K8S_HOSTS: "*.k8s.corp" },
      "prod.k8s.corp:6443",
      ["authorization"],
    ],
  ];
  for (const [flag, variables, authority, expected] of table) {
    const injection = ruleAt(build({ ...variables, M: "m" }, [flag]), authority)?.injection;
    for (const name of expected) assert.ok(injection?.removeFields.has(name), `${flag} ${name}`);
  }
  const other = ruleAt(build({ M: "m" }, ["a.example.com,X-Mine,M"]), "a.example.com");
  assert.deepEqual([...other?.injection?.removeFields ?? []], ["x-mine"]);
  const gemini = ruleAt(
    build({ M: "m" }, ["generativelanguage.googleapis.com,X-Mine,M"]),
    "generativelanguage.googleapis.com",
  );
  assert.ok(gemini?.injection?.removeQuery.has("key"));
});

Deno.test("buildRules() lets SPDY through by a rule of the operator's own where all is Kubernetes", () => {
  const environment = { K: "k", K8S_TOKEN: "t", K8S_HOSTS: "k8s.corp,*.eu.corp,a.us.corp" };
  const upgradesAt = (flag: string, host: string) =>
    ruleAt(build(environment, [flag]), host)?.upgrades;
  assert.deepEqual(upgradesAt("k8s.corp:6443,X-Key,K", "k8s.corp:6443"), ["SPDY/3.1"]);
  assert.deepEqual(upgradesAt("a.eu.corp:6443,X-Key,K", "a.eu.corp:6443"), ["SPDY/3.1"]);
  assert.equal(upgradesAt("k8s.corp,X-Key,K", "k8s.corp:443"), undefined);
  // Wider than what was said to be Kubernetes.
  assert.equal(upgradesAt("*.us.corp:6443,X-Key,K", "b.us.corp:6443"), undefined);
  assert.deepEqual(upgradesAt("*.us.corp:6443,X-Key,K", "a.us.corp:6443"), ["SPDY/3.1"]);
});
