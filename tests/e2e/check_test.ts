/**
 * The contract: check says before the start what is wrong and what may be, prints no secret, and fails
 * where requests would.
 */

import assert from "node:assert/strict";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";

interface Case {
  readonly config: string;
  readonly args?: readonly string[];
  readonly findings: readonly RegExp[];
  readonly code: number;
}

const claims = btoa(JSON.stringify({ exp: 1_000_000_000 })).replaceAll("=", "");
const env = {
  JWT: `eyJhbGciOiJub25lIn0.${claims}.secret_of_jwt`,
  A: "secret_of_a_0123",
  GITHUB_TOKEN: "secret_of_github_0123",
};
const ruleOf = (host: string, name = "A") => `rules: [["${host}", X-Key, ${name}]]\n`;

const cases: Record<string, Case> = {
  "a rule that works": {
    config: ruleOf("a.example"),
    args: ["--limit", "pool-size=3"],
    findings: [
      /^note: egress: clients may also go where no rule is/m,
      /^3 rules, 0 errors, 0 war/m,
    ],
    code: 0,
  },
  "a rule without its secret": {
    config: ruleOf("a.example", "B"),
    findings: [/^error: a\.example: B is not set: a\.example answers 502$/m],
    code: 2,
  },
  "a wildcard, and a host that has a rule of its own": {
    config: 'rules: [["*.corp.example", X-Key, A], [a.corp.example, X-Key, A]]\n',
    findings: [
      /^warning: \*\.corp\.example: \*\.corp\.example is every host below corp\.example/m,
      /^note: \*\.corp\.example: at a\.corp\.example it never has a request: a\.corp\.example/m,
    ],
    code: 0,
  },
  "a rule whose host egress denies": {
    config: `${ruleOf("a.example")}egress: { deny: [{ host: a.example }] }\n`,
    findings: [/^warning: a\.example: it never has a request: egress\.deny\[0\] \(a\.example\)/m],
    code: 0,
  },
  "a rule that takes the place of a service": {
    config: ruleOf("api.github.com"),
    findings: [
      /^warning: github: the rule api\.github\.com .* takes its place at api\.github\.com$/m,
    ],
    code: 0,
  },
  "a secret that nobody asks for": {
    config: `${ruleOf("a.example")}secrets: { s: { env: A } }\n`,
    findings: [/^warning: secrets\.s: no rule and no service asks for it/m],
    code: 0,
  },
  "a limit of no rule": {
    config: `${ruleOf("a.example")}rate_limits: [{ rule: b, requests: 1/s }]\n`,
    findings: [/c\.yaml:2:\d+: Cannot limit this rule: no rule has this name/],
    code: 2,
  },
  "a token that says when it ends": {
    config: `${ruleOf("a.example", "JWT")}`,
    findings: [/^warning: a\.example: JWT expired on 2001-09-09T01:46:40Z: renew it$/m],
    code: 0,
  },
  "an agent that is not known": {
    config: "rules:\n  - { name: r, match: { host: a.example }, agents: [ci], " +
      'inject: { headers: { X: "${A}" } } }\n',
    findings: [/^note: r: ci must be known by `auth-proxy agent add`/m],
    code: 0,
  },
  "a listener on the network for everybody": {
    config: ruleOf("a.example"),
    args: ["--listen", "0.0.0.0:8080", "--allow-unauthenticated"],
    findings: [/^warning: listen: whoever reaches 0\.0\.0\.0:8080 uses the credentials/m],
    code: 0,
  },
  "a configuration that cannot be read": {
    config: "rulez: []\n",
    findings: [/c\.yaml:1:1: Cannot use rulez: no such key; did you mean rules\?/],
    code: 2,
  },
  "a public suffix": {
    config: ruleOf("*.github.io"),
    findings: [/c\.yaml:1:10: .*github\.io/],
    code: 2,
  },
};

for (const [what, { config, args = [], findings, code }] of Object.entries(cases)) {
  Deno.test(`check of ${what}`, async () => {
    await using dir = await TempDir.create();
    const file = await dir.write("c.yaml", config);
    const run = (...more: string[]) =>
      runProxyToExit(["check", "--config", file, "--ca-dir", dir.join("ca"), ...args, ...more], {
        dir,
        env,
      });
    const { stdout, stderr, code: status } = await run();
    assert.equal(status, code, stdout + stderr);
    for (const finding of findings) assert.match(stdout + stderr, finding);
    assert.doesNotMatch(stdout + stderr, /secret_of/);
    const strict = await run("--strict");
    assert.equal(strict.code, code !== 0 || /^warning/m.test(stdout) ? 2 : 0);
  });
}

Deno.test("check runs what secrets are obtained by, and has machines read what it finds", async () => {
  await using dir = await TempDir.create();
  const program = await dir.write("token.sh", "#!/bin/sh\necho ran >&2\nexit 4\n", { mode: 0o700 });
  const file = await dir.write(
    "c.yaml",
    `secrets: { t: { command: [${program}] } }\n${ruleOf("a.example", "t")}`,
  );
  const { stdout, code } = await runProxyToExit(["check", "--config", file, "--format", "json"], {
    dir,
  });
  assert.equal(code, 2);
  const { findings } = JSON.parse(stdout);
  assert.deepEqual(findings[0], {
    level: "error",
    subject: "a.example",
    message:
      "The secret t cannot be had: the command token.sh exited with 4; run it by hand to see " +
      "why: a.example answers 502",
  });
});
