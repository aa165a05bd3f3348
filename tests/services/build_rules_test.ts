import assert from "node:assert/strict";
import { build, injectedAt, notesOf, ruleAt } from "./support.ts";

Deno.test("buildRules() lets a --rule win wholly over the catalogue for the same host", () => {
  const built = build({ GITHUB_TOKEN: "t", MINE: "m" }, ["api.github.com,X-Mine,MINE"]);
  assert.deepEqual(built.problems, []);
  assert.deepEqual(injectedAt(built, "api.github.com"), ["X-Mine: m"]);
  assert.ok(ruleAt(built, "api.github.com")?.injection?.removeFields.has("authorization"));
  assert.deepEqual(injectedAt(built, "uploads.github.com"), ["Authorization: Bearer t"]);
  assert.ok(
    notesOf(built, "notice").includes("github: a --rule takes its place at api.github.com"),
  );
});

Deno.test("buildRules() keeps an exact host of the catalogue under a wildcard of a --rule", () => {
  const built = build({ GITHUB_TOKEN: "t", MINE: "m" }, ["*.github.com,X-Mine,MINE"]);
  assert.deepEqual(injectedAt(built, "api.github.com"), ["Authorization: Bearer t"]);
  assert.deepEqual(injectedAt(built, "gist.github.com"), ["X-Mine: m"]);
});

Deno.test("buildRules() lists a rule that lost all its hosts as inactive", () => {
  const built = build({ NOTION_TOKEN: "t", MINE: "m" }, ["api.notion.com,X-Mine,MINE"]);
  const notion = built.ruleSet.inactive.find(({ name }) => name === "notion");
  assert.equal(notion?.reason, "a --rule takes its place");
  assert.ok(!built.ruleSet.rules.some(({ name }) => name === "notion"));
});

Deno.test("buildRules() lets a --rule win over clusters, wildcards and contests", () => {
  const built = build({
    K8S_TOKEN_PROD: "p",
    K8S_TOKEN_DEV: "d",
    K8S_HOSTS: "*.k8s.corp,prod.dev.k8s.corp",
    MINE: "m",
  }, ["*.k8s.corp:6443,X-Mine,MINE", "prod.dev.k8s.corp:6443,X-Mine,MINE"]);
  assert.deepEqual(built.problems, []);
  assert.deepEqual(injectedAt(built, "prod.k8s.corp:6443"), ["X-Mine: m"]);
  assert.deepEqual(injectedAt(built, "prod.dev.k8s.corp:6443"), ["X-Mine: m"]);
});

Deno.test("buildRules() refuses two services for one host, whichever is named first", () => {
  const table: Record<string, string>[] = [
    { GITHUB_TOKEN: "t", GRAFANA_HOST: "api.github.com", GRAFANA_TOKEN: "g" },
    { GRAFANA_HOST: "a.corp", GRAFANA_TOKEN: "g", ATLASSIAN_HOST: "a.corp", ATLASSIAN_PAT: "a" },
    { K8S_TOKEN: "t", K8S_HOSTS: "a.corp:50000", TALOS_TOKEN: "t", TALOS_HOSTS: "a.corp" },
    { K8S_TOKEN: "t", K8S_HOSTS: "sentry.io:443", SENTRY_AUTH_TOKEN: "s" },
  ];
  for (const variables of table) {
    const { problems } = build(variables);
    assert.equal(problems.length, 1, JSON.stringify(variables));
    assert.match(problems[0]?.message ?? "", /^Cannot send two credentials to /);
  }
});

Deno.test("buildRules() gives each rule a name of its own", () => {
  const built = build({
    GITHUB_TOKEN: "t",
    MINE: "m",
    K8S_HOSTS: "*.k8s.corp,prod.dev.k8s.corp,dev.prod.k8s.corp",
    K8S_TOKEN: "k",
    K8S_TOKEN_PROD: "p",
    K8S_TOKEN_DEV: "d",
  }, [
    "a.example.com,X-Mine,MINE",
    "a.example.com:8443,X-Mine,MINE",
    "*.a.example.com,X-Mine,MINE",
  ]);
  const names = built.ruleSet.rules.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, names.join("\n"));
});

Deno.test("buildRules() makes rules that are either available or say why not", () => {
  const built = build({ GITHUB_TOKEN: "t", GRAFANA_HOST: "g.corp", K8S_HOSTS: "a.k8s.corp" });
  for (const rule of built.ruleSet.rules) {
    assert.equal(rule.injection === undefined, rule.unavailable !== undefined, rule.name);
  }
});

Deno.test("buildRules() prints no secret in rules, notes or problems", () => {
  const built = build({
    GITHUB_TOKEN: "sesame",
    ANTHROPIC_API_KEY: "sesame",
    GH_TOKEN: "sesame",
    NPM_TOKEN: "sesame\n",
    K8S_TOKEN: "sesame",
    K8S_TOKEN_PROD: "sesame",
    K8S_HOSTS: "a.k8s.corp",
    MINE: "sesame",
  }, ["a.example.com,Authorization,MINE,basic:me"]);
  const texts = [Deno.inspect(built, { depth: 20, showHidden: true }), JSON.stringify(built)];
  const basic = [btoa("x-access-token:sesame"), btoa("me:sesame")];
  for (const text of texts) {
    for (const secret of ["sesame", ...basic]) assert.ok(!text.includes(secret));
  }
});
