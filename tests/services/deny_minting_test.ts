import assert from "node:assert/strict";
import { parseRuleFlag } from "../../src/policy/rule_flag.ts";
import { buildRules, type BuiltRules } from "../../src/services/build_rules.ts";
import { unknownEndpointProblems } from "../../src/services/deny_minting.ts";
import { notesOf, readCa, ruleAt, storeOf } from "./support.ts";

interface Options {
  readonly ruleFlags?: string[];
  readonly allowedEndpoints?: string[];
}

function build(environment: Record<string, string>, options: Options = {}): BuiltRules {
  const { ruleFlags = [], allowedEndpoints = [] } = options;
  return buildRules({
    secrets: storeOf(environment, ruleFlags),
    ruleFlags: ruleFlags.map(parseRuleFlag),
    readCa,
    readText: readCa,
    allowedEndpoints,
  });
}

function deniedAt(built: BuiltRules, authority: string): string[] {
  const rule = ruleAt(built, authority);
  assert.ok(rule !== undefined, `There is no rule at ${authority}`);
  return (rule.deniedEndpoints?.endpoints ?? []).map(({ name }) => name);
}

Deno.test("denyMinting() has each rule deny what its own service mints", () => {
  const built = build({ GITHUB_TOKEN: "t", K8S_HOSTS: "a.k8s.corp", K8S_TOKEN: "k" });
  assert.ok(deniedAt(built, "api.github.com").includes("github-deploy-key"));
  assert.ok(deniedAt(built, "github.com").includes("github-deploy-key"));
  assert.ok(deniedAt(built, "a.k8s.corp:6443").includes("kubernetes-serviceaccount-token"));
  for (const host of ["api.github.com", "github.com"]) {
    assert.ok(deniedAt(built, host).every((name) => name.startsWith("github-")));
  }
});

Deno.test("denyMinting() has a --rule deny what the service at its hosts mints", () => {
  const built = build({ K8S_HOSTS: "a.k8s.corp", K8S_TOKEN: "k", MINE: "m" }, {
    ruleFlags: [
      "api.github.com,Authorization,MINE",
      "*.gitlab.com,X-Mine,MINE",
      "example.com,Authorization,MINE",
    ],
  });
  assert.ok(deniedAt(built, "api.github.com").includes("github-deploy-key"));
  assert.deepEqual(deniedAt(built, "x.gitlab.com"), []);
  assert.deepEqual(deniedAt(built, "example.com"), []);
  const displaced = build({ K8S_HOSTS: "a.k8s.corp", K8S_TOKEN: "k", MINE: "m" }, {
    ruleFlags: ["a.k8s.corp:6443,Authorization,MINE"],
  });
  assert.ok(deniedAt(displaced, "a.k8s.corp:6443").includes("kubernetes-serviceaccount-token"));
  const wildcard = build({ MINE: "m" }, { ruleFlags: ["*.github.com,X-Mine,MINE"] });
  assert.ok(deniedAt(wildcard, "api.github.com").includes("github-deploy-key"));
});

Deno.test("denyMinting() leaves out what is allowed, and no more", () => {
  const before = deniedAt(build({ GITHUB_TOKEN: "t" }), "api.github.com");
  const built = build({ GITHUB_TOKEN: "t" }, { allowedEndpoints: ["github-deploy-key"] });
  assert.deepEqual(built.problems, []);
  assert.deepEqual(
    deniedAt(built, "api.github.com"),
    before.filter((name) => name !== "github-deploy-key"),
  );
  const all = build({ GITHUB_TOKEN: "t" }, { allowedEndpoints: before });
  assert.equal(ruleAt(all, "api.github.com")?.deniedEndpoints, undefined);
  assert.deepEqual(notesOf(all, "notice"), []);
});

Deno.test("denyMinting() says if what is allowed is for no rule", () => {
  const built = build({ GITHUB_TOKEN: "t" }, { allowedEndpoints: ["grafana-token"] });
  assert.deepEqual(built.problems, []);
  assert.deepEqual(notesOf(built, "notice"), [
    "--allow-endpoint: grafana-token is allowed, but no rule is for its service",
  ]);
});

Deno.test("unknownEndpointProblems() names the service's endpoints, or all", () => {
  const problems = unknownEndpointProblems(
    new Set(["github-deploy-keys", "GitHub", "deploy-key", "", "grafana-token"]),
  );
  assert.deepEqual(problems.map(({ where }) => where), Array(4).fill("--allow-endpoint"));
  const [known, cased, ...others] = problems.map(({ message }) => message);
  for (const message of [known, cased]) {
    assert.match(message ?? "", /^Cannot allow "[\w-]+": no such endpoint; of github there are /);
    assert.match(message ?? "", / github-deploy-key, /);
    assert.doesNotMatch(message ?? "", /gitlab/);
  }
  for (const message of others) assert.match(message, /there are atlassian-key, .*, talos-file/);
});

Deno.test("buildRules() does not start with an endpoint that there is not", () => {
  const { problems } = build({}, { allowedEndpoints: ["kubernetes-token"] });
  assert.match(problems[0]?.message ?? "", /of kubernetes there are kubernetes-certificate, /);
});
