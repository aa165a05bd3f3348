import assert from "node:assert/strict";
import { build, injectedAt, notesOf, ruleAt } from "./support.ts";

Deno.test("buildCatalogueRules() leaves a service without variables inactive", () => {
  const built = build({});
  assert.deepEqual(built.ruleSet.rules, []);
  assert.deepEqual(built.notes, []);
  assert.deepEqual(built.problems, []);
  const github = built.ruleSet.inactive.find(({ name }) => name === "github");
  assert.deepEqual(github, {
    name: "github",
    service: "github",
    hosts: ["api.github.com", "uploads.github.com"],
    fields: [{ header: "Authorization", format: "Bearer ${GITHUB_TOKEN}" }],
    variables: ["GITHUB_TOKEN"],
    reason: "set GITHUB_TOKEN",
  });
  const reasons = new Map(built.ruleSet.inactive.map(({ name, reason }) => [name, reason]));
  assert.equal(reasons.get("claude"), "set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN");
  assert.equal(reasons.get("grafana"), "set GRAFANA_HOST and GRAFANA_TOKEN");
  assert.equal(
    reasons.get("atlassian"),
    "set ATLASSIAN_HOST and ATLASSIAN_API_TOKEN or ATLASSIAN_PAT",
  );
  assert.ok(reasons.has("kubernetes") && reasons.has("talos"));
});

Deno.test("buildCatalogueRules() sends a token to the service's hosts and no others", () => {
  const built = build({ GITHUB_TOKEN: "t", SENTRY_AUTH_TOKEN: "s" });
  assert.deepEqual(injectedAt(built, "api.github.com"), ["Authorization: Bearer t"]);
  assert.deepEqual(injectedAt(built, "github.com"), [
    `Authorization: Basic ${btoa("x-access-token:t")}`,
  ]);
  const others = [
    "evilsentry.io",
    "sentry.io.evil.com",
    "o1.ingest.sentry.io",
    "acme.sentry.io",
    "sentry.io:8443",
    "raw.githubusercontent.com",
    "gist.github.com",
    "api.github.com.evil.com",
    "evil.com",
  ];
  for (const host of others) assert.equal(injectedAt(built, host), undefined, host);
  assert.deepEqual(notesOf(built, "active"), [
    "github: api.github.com, uploads.github.com, github.com with GITHUB_TOKEN (environment)",
    "sentry: sentry.io, us.sentry.io, de.sentry.io with SENTRY_AUTH_TOKEN (environment)",
  ]);
});

Deno.test("buildCatalogueRules() uses one of Claude's credentials and removes both carriers", () => {
  const both = { ANTHROPIC_API_KEY: "k", CLAUDE_CODE_OAUTH_TOKEN: "o" };
  const table: [Record<string, string>, string, number][] = [
    [{ ANTHROPIC_API_KEY: "k" }, "x-api-key: k", 0],
    [{ CLAUDE_CODE_OAUTH_TOKEN: "o" }, "Authorization: Bearer o", 1],
    [both, "x-api-key: k", 0],
  ];
  for (const [variables, line, members] of table) {
    const built = build(variables);
    const injection = ruleAt(built, "api.anthropic.com")?.injection;
    assert.deepEqual(injectedAt(built, "api.anthropic.com"), [line]);
    assert.equal(injection?.ensureMembers.length, members);
    assert.ok(injection?.removeFields.has("x-api-key"));
    assert.ok(injection?.removeFields.has("authorization"));
  }
  assert.deepEqual(notesOf(build(both), "notice"), [
    "claude: ANTHROPIC_API_KEY and CLAUDE_CODE_OAUTH_TOKEN are both set: ANTHROPIC_API_KEY is " +
    "used, never both",
  ]);
});

Deno.test("buildCatalogueRules() takes a customer's own hosts from a variable", () => {
  const built = build({
    GRAFANA_HOST: "acme.grafana.net, grafana.corp:3000",
    GRAFANA_TOKEN: "g",
    ATLASSIAN_HOST: "acme.atlassian.net",
    ATLASSIAN_EMAIL: "me@acme.example",
    ATLASSIAN_API_TOKEN: "a",
    GITHUB_ENTERPRISE_HOST: "git.acme.example",
    GITHUB_ENTERPRISE_TOKEN: "e",
  });
  assert.deepEqual(built.problems, []);
  assert.deepEqual(injectedAt(built, "acme.grafana.net"), ["Authorization: Bearer g"]);
  assert.deepEqual(injectedAt(built, "grafana.corp:3000"), ["Authorization: Bearer g"]);
  assert.equal(injectedAt(built, "evil.grafana.net"), undefined);
  assert.deepEqual(injectedAt(built, "acme.atlassian.net"), [
    `Authorization: Basic ${btoa("me@acme.example:a")}`,
  ]);
  assert.deepEqual(injectedAt(built, "git.acme.example"), [
    `Authorization: Basic ${btoa("x-access-token:e")}`,
  ]);
});

Deno.test("buildCatalogueRules() answers 502 for a customer's host whose token is missing", () => {
  const table: [Record<string, string>, string, RegExp][] = [
    [{ GRAFANA_HOST: "g.corp" }, "g.corp", /GRAFANA_TOKEN is not set/],
    [
      { ATLASSIAN_HOST: "a.corp" },
      "a.corp",
      /ATLASSIAN_API_TOKEN or ATLASSIAN_PAT is not set/,
    ],
    [
      { ATLASSIAN_HOST: "a.corp", ATLASSIAN_API_TOKEN: "t" },
      "a.corp",
      /ATLASSIAN_EMAIL is not set/,
    ],
    [
      { ATLASSIAN_HOST: "a.corp", ATLASSIAN_API_TOKEN: "t", ATLASSIAN_EMAIL: "a:b" },
      "a.corp",
      /ATLASSIAN_EMAIL is no user name/,
    ],
  ];
  for (const [variables, host, expected] of table) {
    const built = build(variables);
    const rule = ruleAt(built, host);
    assert.equal(rule?.injection, undefined);
    assert.match(rule?.unavailable ?? "", expected);
    assert.match(notesOf(built, "nearly").join(), expected);
  }
  const pat = build({ ATLASSIAN_HOST: "a.corp", ATLASSIAN_PAT: "p" });
  assert.deepEqual(injectedAt(pat, "a.corp"), ["Authorization: Bearer p"]);
});

Deno.test("buildCatalogueRules() refuses wildcards and URLs for a customer's host", () => {
  for (const host of ["*.acme.example", "*.grafana.net", "https://g.corp", "g.corp/x", ","]) {
    const { problems, ruleSet } = build({ GRAFANA_HOST: host, GRAFANA_TOKEN: "g" });
    assert.equal(problems.length, 1, host);
    assert.equal(problems[0]?.where, "GRAFANA_HOST (environment)");
    assert.deepEqual(ruleSet.rules, []);
  }
});

Deno.test("buildCatalogueRules() hints at what is nearly there", () => {
  const table: [Record<string, string>, RegExp][] = [
    [{ GH_TOKEN: "t" }, /^github: GH_TOKEN is set, but only GITHUB_TOKEN is read: set that$/],
    [
      { ANTHROPIC_AUTH_TOKEN: "t" },
      /^claude: ANTHROPIC_AUTH_TOKEN is set, but only ANTHROPIC_API_KEY or CLAUDE_/,
    ],
    [{ GRAFANA_TOKEN: "t" }, /^grafana: GRAFANA_TOKEN is set, but goes nowhere: set GRAFANA_HOST/],
  ];
  for (const [variables, expected] of table) {
    const [note, ...others] = notesOf(build(variables), "nearly");
    assert.match(note ?? "", expected);
    assert.deepEqual(others, []);
  }
  assert.deepEqual(notesOf(build({ GH_TOKEN: "t", GITHUB_TOKEN: "t" }), "nearly"), []);
});

Deno.test("buildCatalogueRules() makes a refused value a problem of the rule that needs it", () => {
  const built = build({ GITHUB_TOKEN: "sesame\nX-Evil: 1", NPM_TOKEN: "n" });
  assert.deepEqual(built.problems, [{
    where: "environment",
    message: "Cannot use GITHUB_TOKEN: its value has a line break inside: it must be one line",
  }]);
  assert.match(ruleAt(built, "api.github.com")?.unavailable ?? "", /GITHUB_TOKEN cannot be used/);
  assert.ok(!Deno.inspect(built, { depth: 12 }).includes("sesame"));
});
