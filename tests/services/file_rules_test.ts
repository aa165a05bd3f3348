import assert from "node:assert/strict";
import { parseAuthority } from "../../src/wire/authority.ts";
import type { BuiltRules } from "../../src/services/build_rules.ts";
import { build, fileRule, injectedAt, notesOf, ruleAt } from "./support.ts";

function turnsAt(built: BuiltRules, host: string, agent = ""): string[] {
  const authority = parseAuthority(host, { defaultPort: 443 });
  const { conditional, otherwise } = built.ruleSet.candidates(authority, agent);
  return [...conditional.map(({ rule }) => rule.name), otherwise?.name ?? "none"];
}

Deno.test("buildRules() names a rule of the file after its host and path, unless it has a name", () => {
  const built = build({ A: "a", B: "b", C: "c" }, [], [
    fileRule("a.example.com", "A"),
    fileRule("a.example.com", "B", { path: "/x/**" }),
    fileRule("a.example.com", "C", { name: "mine", methods: ["GET"] }),
  ]);
  assert.deepEqual(built.problems, []);
  assert.deepEqual(turnsAt(built, "a.example.com"), [
    "a.example.com/x/**",
    "mine",
    "a.example.com",
  ]);
  assert.deepEqual(notesOf(built, "active"), [
    "a.example.com: a.example.com with A (environment)",
    "a.example.com/x/**: a.example.com with B (environment)",
    "mine: a.example.com with C (environment)",
  ]);
});

Deno.test("buildRules() joins the lines of the file for one host, and no blocks with them", () => {
  const lines = [
    fileRule("a.example.com", "A", { form: "line" }),
    fileRule("a.example.com", "B", {
      form: "line",
      fields: [{ name: "X-Id", format: { kind: "prefix", prefix: "" }, variable: "B" }],
    }),
  ];
  assert.deepEqual(injectedAt(build({ A: "a", B: "b" }, [], lines), "a.example.com"), [
    "X-Key: a",
    "X-Id: b",
  ]);
  const twice = build({ A: "a" }, [], [lines[0] ?? fileRule("", ""), {
    ...fileRule("a.example.com", "A", { form: "line" }),
    where: "auth-proxy.yaml:2:5",
  }]);
  assert.deepEqual(twice.problems, [{
    where: "auth-proxy.yaml:2:5",
    message: "Another line sets X-Key for a.example.com:443 already: remove one",
  }]);
});

Deno.test("buildRules() lets a --rule win over the file, and the file over known services", () => {
  const built = build({ GITHUB_TOKEN: "t", A: "a", B: "b", C: "c" }, ["github.com,X-Mine,A"], [
    fileRule("github.com", "B", { path: "/orgB/**" }),
    fileRule("api.github.com", "B"),
    fileRule("uploads.github.com", "C", { path: "/orgC/**" }),
  ]);
  assert.deepEqual(built.problems, []);
  assert.deepEqual(turnsAt(built, "github.com"), ["github.com"]);
  assert.deepEqual(injectedAt(built, "github.com"), ["X-Mine: a"]);
  assert.deepEqual(injectedAt(built, "api.github.com"), ["X-Key: b"]);
  // What is for some requests only stands beside the service's own rule.
  assert.deepEqual(turnsAt(built, "uploads.github.com"), [
    "uploads.github.com/orgC/**",
    ruleAt(built, "uploads.github.com")?.name,
  ]);
  const notices = notesOf(built, "notice").join("\n");
  assert.match(notices, /^github\.com\/orgB\/\*\*: a --rule takes its place at github\.com$/m);
  assert.match(
    notices,
    /the rule api\.github\.com \(auth-proxy\.yaml:1:1\) takes its place at api/,
  );
});

Deno.test("buildRules() leaves a service's rule to the agents that the file does not name", () => {
  const built = build({ GITHUB_TOKEN: "t", A: "a" }, [], [
    fileRule("api.github.com", "A", { agents: ["ci"] }),
  ]);
  assert.deepEqual(turnsAt(built, "api.github.com", "ci"), ["api.github.com"]);
  assert.equal(turnsAt(built, "api.github.com").length, 1);
  assert.deepEqual(injectedAt(built, "api.github.com"), ["Authorization: Bearer t"]);
  // It is the same service, whoever asks.
  const [own] = built.ruleSet.rules.filter(({ name }) => name === "api.github.com");
  assert.ok((own?.deniedEndpoints?.endpoints.length ?? 0) > 0);
});

Deno.test("buildRules() refuses rules of the file that tie, and namesakes", () => {
  const tie = build({ A: "a", B: "b" }, [], [
    fileRule("a.example.com", "A", { path: "/x/**" }),
    { ...fileRule("a.example.com", "B", { path: "/x/**" }), where: "auth-proxy.yaml:9:5" },
  ]);
  assert.deepEqual(tie.problems, [{
    where: "auth-proxy.yaml:9:5",
    message: "Cannot send two credentials to a.example.com:443: the rules a.example.com/x/** " +
      "(auth-proxy.yaml:1:1) and a.example.com/x/** (auth-proxy.yaml:9:5) both name it; " +
      "tell them apart by path, methods or agents",
  }]);
  const namesakes = build({ GITHUB_TOKEN: "t", A: "a" }, [], [
    fileRule("a.example.com", "A", { name: "same" }),
    { ...fileRule("b.example.com", "A", { name: "same" }), where: "auth-proxy.yaml:9:5" },
    { ...fileRule("c.example.com", "A", { name: "github-git" }), where: "auth-proxy.yaml:12:5" },
  ]);
  const another = "has that name; give this one another, as name: NAME";
  assert.deepEqual(namesakes.problems, [
    {
      where: "auth-proxy.yaml:9:5",
      message: `Cannot name two rules same: auth-proxy.yaml:1:1 ${another}`,
    },
    {
      where: "auth-proxy.yaml:12:5",
      message: `Cannot name two rules github-git: catalogue ${another}`,
    },
  ]);
});

Deno.test("buildRules() removes what a rule of the file names, beside the service's carriers", () => {
  const built = build({ A: "a" }, [], [
    fileRule("api.anthropic.com", "A", { removeFields: ["X-Extra"] }),
  ]);
  const removed = ruleAt(built, "api.anthropic.com")?.injection?.removeFields;
  for (const name of ["x-extra", "x-api-key", "authorization", "x-key"]) {
    assert.ok(removed?.has(name), name);
  }
});

Deno.test("buildRules() keeps a credential to the agents, paths and methods that the file names for it", () => {
  const limits = [{ agents: ["ci"] }, { path: "/repos/org/**" }, { methods: ["GET"] }];
  for (const limit of limits) {
    const rule = fileRule("api.github.com", "GITHUB_TOKEN", { name: "mine", ...limit });
    const built = build({ GITHUB_TOKEN: "t", OTHER: "o" }, [], [rule]);
    assert.deepEqual(built.problems, []);
    assert.ok(!turnsAt(built, "api.github.com", "dev").includes("github"), JSON.stringify(limit));
    assert.deepEqual(turnsAt(built, "uploads.github.com", "dev"), ["github"]);
    const other = fileRule("api.github.com", "OTHER", { name: "mine", ...limit });
    const beside = build({ GITHUB_TOKEN: "t", OTHER: "o" }, [], [other]);
    assert.equal(turnsAt(beside, "api.github.com", "dev").at(-1), "github");
  }
});
