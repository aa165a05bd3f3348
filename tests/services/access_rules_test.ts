import assert from "node:assert/strict";
import { parseHostPattern } from "../../src/policy/host_pattern.ts";
import { credentialOf } from "../../src/policy/rule.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { buildAccessRules } from "../../src/services/access_rules.ts";
import { buildRules } from "../../src/services/build_rules.ts";
import type { ClusterAccess } from "../../src/services/cluster_access.ts";
import { parseRuleFlag } from "../../src/policy/rule_flag.ts";
import { readCa, ruleAt, storeOf } from "./support.ts";

const world = { now: () => 0, environment: {} };

function access(
  context: string,
  host: string,
  rest: Partial<ClusterAccess> & { token?: string } = {},
): ClusterAccess {
  const { token = `token-of-${context}`, ...parts } = rest;
  return {
    service: "kubernetes",
    file: "/kube/config",
    context,
    user: `${context}-user`,
    hosts: [parseHostPattern(host, { defaultPort: 443 })],
    credential: { kind: "fixed", token: new Secret(`${context} token`, token) },
    shown: { cluster: context, user: `${context}-user`, server: `https://${host}` },
    ...parts,
  };
}

function build(
  accesses: readonly ClusterAccess[],
  environment: Record<string, string> = {},
  ruleFlags: readonly string[] = [],
) {
  const flags = [...ruleFlags];
  return buildRules({
    secrets: storeOf(environment, flags),
    ruleFlags: flags.map(parseRuleFlag),
    accessRules: buildAccessRules(accesses, world),
    readCa,
    readText: readCa,
  });
}

Deno.test("buildAccessRules() makes a rule for exactly the host and port, and denies minting", () => {
  const built = build([access("prod", "prod.k8s.corp:6443"), access("dev", "dev.k8s.corp")]);
  assert.deepEqual(built.problems, []);
  const rule = ruleAt(built, "prod.k8s.corp:6443");
  assert.equal(rule?.name, "kubeconfig-prod");
  assert.deepEqual(rule?.fields, [{ header: "Authorization", format: "Bearer ${token}" }]);
  assert.equal(rule?.source, "/kube/config (prod)");
  assert.deepEqual(rule?.upgrades, ["SPDY/3.1"]);
  assert.ok(rule?.deniedEndpoints?.endpoints.some(({ name }) => name === "kubernetes-certificate"));
  const { injection } = rule === undefined ? {} : credentialOf(rule);
  assert.ok(injection?.removeFields.has("authorization"));
  assert.equal(injection?.removeMembers.length, 1);
  for (const other of ["prod.k8s.corp:443", "a.prod.k8s.corp:6443", "dev.k8s.corp:6443"]) {
    assert.equal(ruleAt(built, other), undefined, other);
  }
});

Deno.test("buildAccessRules() refuses two users for one server, and joins one user's contexts", () => {
  const a = access("a", "k8s.corp:6443");
  const [problem, ...others] = buildAccessRules([a, access("b", "k8s.corp:6443")], world).problems;
  assert.deepEqual(others, []);
  assert.equal(
    problem?.message,
    "Cannot send two credentials to k8s.corp:6443: the contexts a and b are both for it, with the " +
      "users a-user (/kube/config) and b-user (/kube/config); choose one of them",
  );
  const same = buildAccessRules([a, { ...a, context: "a2" }], world);
  assert.deepEqual(same.problems, []);
  assert.deepEqual(same.rules.map(({ source }) => source), ["/kube/config (a, a2)"]);
  const trusting = { ...a, context: "a3", trustAnchors: "other" };
  assert.match(
    buildAccessRules([a, trusting], world).problems[0]?.message ?? "",
    /and say different things of how to reach it; choose one/,
  );
});

Deno.test("buildAccessRules() keeps clusters below one server apart by path", () => {
  const built = build([
    access("a", "rancher.corp", { path: "/k8s/clusters/a/**" }),
    access("b", "rancher.corp", { path: "/k8s/clusters/b/**" }),
  ]);
  assert.deepEqual(built.problems, []);
  assert.equal(built.ruleSet.rules.length, 2);
});

Deno.test("buildAccessRules() has contexts of one user share one credential, unless a plugin is told", () => {
  const plugin = { command: "p", args: [], env: {}, apiVersion: "v1" };
  const exec = (cluster?: Record<string, unknown>) => ({
    user: "u",
    credential: { kind: "exec", plugin: cluster === undefined ? plugin : { ...plugin, cluster } },
  } as const);
  const live = (...accesses: ClusterAccess[]) =>
    new Set(buildAccessRules(accesses, world).rules.map((rule) => rule.live)).size;
  assert.equal(live(access("a", "a.corp", exec()), access("b", "b.corp", exec())), 1);
  assert.equal(live(access("a", "a.corp", exec({})), access("b", "b.corp", exec({}))), 2);
});

Deno.test("buildRules() refuses a cluster that variables and a kubeconfig both name", () => {
  const variables = { K8S_HOSTS: "prod.k8s.corp", K8S_TOKEN: "t" };
  const { problems } = build([access("prod", "prod.k8s.corp:6443")], variables);
  assert.match(
    problems[0]?.message ?? "",
    /^Cannot send two credentials to prod.k8s.corp:6443: the/,
  );
});

Deno.test("buildRules() lets a --rule take a kubeconfig's place, and prints no secret", () => {
  const flag = "prod.k8s.corp:6443,Authorization,MINE";
  const built = build([access("prod", "prod.k8s.corp:6443")], { MINE: "mine" }, [flag]);
  assert.equal(ruleAt(built, "prod.k8s.corp:6443")?.variables[0]?.name, "MINE");
  assert.ok(!Deno.inspect(built, { depth: 12 }).includes("token-of-prod"));
});
