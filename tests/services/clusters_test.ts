import assert from "node:assert/strict";
import { build, caPem, injectedAt, notesOf, ruleAt } from "./support.ts";

const bearer = (token: string) => [`Authorization: Bearer ${token}`];

Deno.test("buildClusterRules() sends K8S_TOKEN to the hosts of K8S_HOSTS and nowhere else", () => {
  const built = build({
    K8S_TOKEN: "t",
    K8S_HOSTS: "k8s.corp, api.k8s.corp:443 ,203.0.113.9,[2001:db8::1]:443",
  });
  assert.deepEqual(built.problems, []);
  const hosts = ["k8s.corp:6443", "api.k8s.corp:443", "203.0.113.9:6443", "[2001:db8::1]:443"];
  for (const host of hosts) assert.deepEqual(injectedAt(built, host), bearer("t"), host);
  const others = [
    "evil.com:6443",
    "evil.com:443",
    "k8s.corp:443",
    "api.k8s.corp:6443",
    "evilk8s.corp:6443",
    "x.k8s.corp:6443",
    "k8s.corp.evil.com:6443",
    "203.0.113.10:6443",
  ];
  for (const host of others) assert.equal(injectedAt(built, host), undefined, host);
});

Deno.test("buildClusterRules() sends a cluster's token to the hosts with its name as a label", () => {
  const built = build({
    K8S_HOSTS: "prod.k8s.corp,api.prod.k8s.corp,non-prod.k8s.corp,eu-west.k8s.corp,10.0.0.1",
    K8S_TOKEN: "default",
    K8S_TOKEN_PROD: "p",
    K8S_TOKEN_EU_WEST: "e",
    K8S_TOKEN_10: "no",
  });
  const table: [string, string][] = [
    ["prod.k8s.corp", "p"],
    ["api.prod.k8s.corp", "p"],
    ["non-prod.k8s.corp", "default"],
    ["eu-west.k8s.corp", "e"],
    ["10.0.0.1", "default"],
  ];
  for (const [host, token] of table) {
    assert.deepEqual(injectedAt(built, `${host}:6443`), bearer(token), host);
  }
});

Deno.test("buildClusterRules() gives the rest of K8S_HOSTS no cluster's token", () => {
  const built = build({
    K8S_HOSTS: "prod.k8s.corp,non-prod.k8s.corp,*.eu.k8s.corp",
    K8S_TOKEN_PROD: "p",
  });
  assert.deepEqual(injectedAt(built, "prod.k8s.corp:6443"), bearer("p"));
  assert.deepEqual(injectedAt(built, "prod.eu.k8s.corp:6443"), bearer("p"));
  for (const host of ["non-prod.k8s.corp:6443", "non-prod.eu.k8s.corp:6443"]) {
    assert.deepEqual(injectedAt(built, host), []);
    assert.equal(ruleAt(built, host)?.unavailable, "K8S_TOKEN is not set");
  }
});

Deno.test("buildClusterRules() matches a cluster's name within a wildcard of K8S_HOSTS", () => {
  const built = build({
    K8S_HOSTS: "*.k8s.corp",
    K8S_TOKEN: "default",
    K8S_TOKEN_PROD: "p",
    K8S_TOKEN_DEV: "d",
  });
  assert.deepEqual(built.problems, []);
  const table: [string, string[] | undefined][] = [
    ["prod.k8s.corp", bearer("p")],
    ["api.prod.k8s.corp", bearer("p")],
    ["dev.k8s.corp", bearer("d")],
    ["non-prod.k8s.corp", bearer("default")],
    ["x.k8s.corp", bearer("default")],
    ["prod.dev.k8s.corp", []],
    ["k8s.corp", undefined],
    ["prod.evilk8s.corp", undefined],
    ["prod.k8s.corp.evil.com", undefined],
  ];
  for (const [host, expected] of table) {
    assert.deepEqual(injectedAt(built, `${host}:6443`), expected, host);
  }
  assert.match(
    ruleAt(built, "prod.dev.k8s.corp:6443")?.unavailable ?? "",
    /^prod\.dev\.k8s\.corp:6443 is claimed by dev and prod/,
  );
});

Deno.test("buildClusterRules() sends a cluster's token to K8S_HOSTS_<CLUSTER> alone if it is set", () => {
  const built = build({
    K8S_HOSTS: "prod.k8s.corp",
    K8S_TOKEN: "default",
    K8S_TOKEN_PROD: "p",
    K8S_HOSTS_PROD: "api.acme.example:443,*.eu.acme.example",
  });
  assert.deepEqual(injectedAt(built, "api.acme.example:443"), bearer("p"));
  assert.deepEqual(injectedAt(built, "x.eu.acme.example:6443"), bearer("p"));
  assert.deepEqual(injectedAt(built, "prod.k8s.corp:6443"), bearer("default"));
});

Deno.test("buildClusterRules() lets a cluster's own hosts win over K8S_HOSTS", () => {
  const built = build({
    K8S_HOSTS: "a.k8s.corp,b.k8s.corp,*.eu.k8s.corp",
    K8S_TOKEN: "default",
    K8S_TOKEN_PROD: "p",
    K8S_HOSTS_PROD: "a.k8s.corp,*.k8s.corp",
  });
  for (const host of ["a.k8s.corp", "b.k8s.corp", "x.eu.k8s.corp"]) {
    assert.deepEqual(injectedAt(built, `${host}:6443`), bearer("p"), host);
  }
  assert.match(notesOf(built, "notice").join(), /K8S_TOKEN goes nowhere: every host of K8S_HOSTS/);
});

Deno.test("buildClusterRules() gives K8S_TOKEN to no host outside K8S_HOSTS", () => {
  const built = build({ K8S_TOKEN: "t", K8S_HOSTS: "a.k8s.corp", K8S_HOSTS_PROD: "b.k8s.corp" });
  assert.deepEqual(injectedAt(built, "a.k8s.corp:6443"), bearer("t"));
  assert.deepEqual(injectedAt(built, "b.k8s.corp:6443"), []);
  assert.equal(ruleAt(built, "b.k8s.corp:6443")?.unavailable, "K8S_TOKEN_PROD is not set");
});

Deno.test("buildClusterRules() gives a host that two clusters claim neither token, and says so", () => {
  const built = build({
    K8S_TOKEN: "default",
    K8S_HOSTS: "prod.dev.k8s.corp,prod.k8s.corp",
    K8S_TOKEN_PROD: "p",
    K8S_TOKEN_DEV: "d",
    K8S_TOKEN_A: "a",
    K8S_HOSTS_A: "shared.corp.example,*.a.example",
    K8S_TOKEN_B: "b",
    K8S_HOSTS_B: "*.corp.example,*.a.example",
  });
  assert.deepEqual(built.problems, []);
  const contested = ["prod.dev.k8s.corp", "shared.corp.example", "x.a.example"];
  for (const host of contested) {
    assert.deepEqual(injectedAt(built, `${host}:6443`), [], host);
    assert.match(ruleAt(built, `${host}:6443`)?.unavailable ?? "", /is claimed by/);
  }
  assert.deepEqual(injectedAt(built, "prod.k8s.corp:6443"), bearer("p"));
  assert.deepEqual(injectedAt(built, "x.corp.example:6443"), bearer("b"));
  assert.deepEqual(notesOf(built, "notice").map((note) => note.split(",")[0]).sort(), [
    "kubernetes: *.a.example:6443 is claimed by a and b",
    "kubernetes: K8S_TOKEN goes nowhere: every host of K8S_HOSTS is a cluster's with a token of " +
    "its own",
    "kubernetes: prod.dev.k8s.corp:6443 is claimed by dev and prod",
    "kubernetes: shared.corp.example:6443 is claimed by a and b",
  ]);
});

Deno.test("buildClusterRules() replaces the default roots by K8S_CA or the cluster's own", () => {
  const built = build({
    K8S_TOKEN: "t",
    K8S_HOSTS: "a.k8s.corp,prod.k8s.corp,dev.k8s.corp",
    K8S_CA: "/good/all.pem",
    K8S_TOKEN_PROD: "p",
    K8S_CA_PROD: "/good/prod.pem",
    K8S_CA_DEV: "/good/dev.pem",
  });
  assert.deepEqual(built.problems, []);
  const table: [string, string, string][] = [
    ["a.k8s.corp", "/good/all.pem", "t"],
    ["prod.k8s.corp", "/good/prod.pem", "p"],
    ["dev.k8s.corp", "/good/dev.pem", "t"],
  ];
  for (const [host, path, token] of table) {
    const rule = ruleAt(built, `${host}:6443`);
    assert.equal(rule?.trustAnchors, `${caPem}${path}`, host);
    assert.equal(rule?.trustAnchorsSource, path);
    assert.deepEqual(injectedAt(built, `${host}:6443`), bearer(token));
  }
  assert.match(notesOf(built, "active").join("\n"), /trusting only \/good\/prod\.pem/);
});

Deno.test("buildClusterRules() never falls back to the default roots", () => {
  for (const path of ["/nowhere", "/empty", "", " "]) {
    const built = build({ K8S_TOKEN: "t", K8S_HOSTS: "a.k8s.corp", K8S_CA: path });
    assert.equal(built.problems.length, 1, path);
    assert.equal(built.problems[0]?.where, "K8S_CA (environment)");
    const rule = ruleAt(built, "a.k8s.corp:6443");
    assert.equal(rule?.injection, undefined);
    assert.match(rule?.unavailable ?? "", /K8S_CA cannot be used/);
  }
});

Deno.test("buildClusterRules() says in one line what to set for a token without a host", () => {
  const shared = build({ K8S_TOKEN: "t" });
  assert.deepEqual(shared.ruleSet.rules, []);
  assert.deepEqual(notesOf(shared, "nearly"), [
    "kubernetes: K8S_TOKEN is set, but goes nowhere: set K8S_HOSTS=HOST[:PORT],… (port 6443 if " +
    "none is given)",
  ]);
  const cluster = build({ K8S_TOKEN_EU_PROD: "t", K8S_HOSTS: "a.k8s.corp", K8S_TOKEN: "d" });
  assert.deepEqual(notesOf(cluster, "nearly"), [
    "kubernetes-eu-prod: K8S_TOKEN_EU_PROD is set, but no host is named for it: set " +
    "K8S_HOSTS_EU_PROD=HOST[:PORT] (port 6443 if none is given), or add a host with the label " +
    '"eu-prod" to K8S_HOSTS',
  ]);
  const talos = build({ TALOS_TOKEN: "t" });
  assert.match(notesOf(talos, "nearly").join(), /set TALOS_HOSTS=.*port 50000/);
});

Deno.test("buildClusterRules() answers 502 for hosts without any token", () => {
  const built = build({ K8S_HOSTS: "a.k8s.corp" });
  assert.equal(ruleAt(built, "a.k8s.corp:6443")?.unavailable, "K8S_TOKEN is not set");
  assert.deepEqual(notesOf(built, "nearly"), [
    "kubernetes: K8S_TOKEN is not set, so a.k8s.corp:6443 is answered with 502",
  ]);
  const rest = build({ K8S_HOSTS: "*.k8s.corp", K8S_TOKEN_PROD: "p" });
  assert.deepEqual(notesOf(rest, "nearly"), [
    "kubernetes: K8S_TOKEN is not set, so any other host of *.k8s.corp:6443 is answered with 502",
  ]);
});

Deno.test("buildClusterRules() refuses hosts that are too wide or malformed", () => {
  const table = ["*", "*:6443", "*.com", "*.corp", "*.eks.amazonaws.com", ":6443", "/api/v1", ","];
  for (const hosts of [...table, "a.k8s.corp,*"]) {
    const { problems } = build({ K8S_TOKEN: "t", K8S_HOSTS: hosts });
    assert.equal(problems.length, 1, hosts);
    assert.equal(problems[0]?.where, "K8S_HOSTS (environment)");
  }
});

Deno.test("buildClusterRules() serves Talos on its own port, apart from Kubernetes", () => {
  const built = build({
    TALOS_TOKEN: "t",
    TALOS_HOSTS: "a.corp.example",
    TALOS_CA: "/good/talos.pem",
    K8S_TOKEN: "k",
    K8S_HOSTS: "a.corp.example",
  });
  assert.deepEqual(built.problems, []);
  assert.deepEqual(injectedAt(built, "a.corp.example:50000"), bearer("t"));
  assert.deepEqual(injectedAt(built, "a.corp.example:6443"), bearer("k"));
  assert.equal(ruleAt(built, "a.corp.example:6443")?.trustAnchors, undefined);
});

Deno.test("buildClusterRules() removes a bearer token from the WebSocket subprotocols", () => {
  const built = build({ K8S_TOKEN: "t", K8S_HOSTS: "a.k8s.corp" });
  assert.deepEqual(ruleAt(built, "a.k8s.corp:6443")?.injection?.removeMembers, [
    { field: "sec-websocket-protocol", prefix: "base64url.bearer.authorization.k8s.io." },
  ]);
});

Deno.test("buildClusterRules() lets SPDY through to Kubernetes alone", () => {
  const built = build({
    K8S_HOSTS: "prod.k8s.corp,other.k8s.corp",
    K8S_TOKEN: "t",
    K8S_TOKEN_PROD: "p",
    TALOS_HOSTS: "talos.corp",
    TALOS_TOKEN: "t",
  });
  assert.deepEqual(ruleAt(built, "prod.k8s.corp:6443")?.upgrades, ["SPDY/3.1"]);
  assert.deepEqual(ruleAt(built, "other.k8s.corp:6443")?.upgrades, ["SPDY/3.1"]);
  assert.equal(ruleAt(built, "talos.corp:50000")?.upgrades, undefined);
  const withUpgrades = build({ K8S_HOSTS: "k8s.corp", K8S_TOKEN: "t", GITHUB_TOKEN: "g" });
  assert.equal(ruleAt(withUpgrades, "api.github.com")?.upgrades, undefined);
});
