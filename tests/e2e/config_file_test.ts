/**
 * The contract: what --config says holds as if flags had said it, a flag wins over it, and a file
 * that cannot be meant does not start: every problem gets a line with its place, and no secret.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { json } from "../support/upstream_scripts.ts";

const authority = "api.newservice.com:443";

Deno.test("the file's rules inject, and a --rule for the same host wins over them", async () => {
  for (const flags of [[], ["--rule", "api.newservice.com,Authorization,FLAG_TOKEN"]]) {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([authority], json({}));
    const file = await lab.dir.write(
      "c.yaml",
      "rules:\n  - [api.newservice.com, Authorization, NEWSERVICE_TOKEN]\n",
    );
    const proxy = await lab.proxy({
      secrets: { NEWSERVICE_TOKEN: "from-the-file", FLAG_TOKEN: "from-the-flag" },
      args: ["--config", file, ...flags],
    });
    using client = await RawClient.tunnel(proxy.url, {
      target: authority,
      ca: await Deno.readTextFile(proxy.caFile),
    });
    assert.equal((await client.get("/", "Host: api.newservice.com\r\n")).status, 200);
    const value = flags.length === 0 ? "Bearer from-the-file" : "Bearer from-the-flag";
    assertInjected(upstream, { name: "Authorization", value });
  }
});

Deno.test("the admin API shows the file's rules with their conditions", async () => {
  await using lab = await Lab.create();
  const file = await lab.dir.write(
    "c.yaml",
    `
rules:
  - name: org-a
    match: { host: git.example.com, path: "/orgA/**", methods: [GET] }
    inject: { basic: { user: me, password: "\${ORG_A}" } }
    agents: [ci]
egress: { default: deny, mode: report }
`,
  );
  const proxy = await lab.proxy({ secrets: { ORG_A: "sesame" }, args: ["--config", file] });
  const { rules } = await (await fetch(`${proxy.adminUrl}/admin/rules`)).json();
  const [rule] = rules.filter(({ name }: { name: string }) => name === "org-a");
  assert.deepEqual(
    { ...rule, source: undefined, variables: undefined },
    {
      name: "org-a",
      state: "active",
      hosts: ["git.example.com:443"],
      ports: [443],
      paths: ["/orgA/**"],
      methods: ["GET"],
      agents: ["ci"],
      denies: [],
      inject: [{ header: "Authorization", format: "Basic base64(me:${ORG_A})" }],
      source: undefined,
      variables: undefined,
      trust: "default roots",
    },
  );
  assert.ok(rule.source.endsWith("c.yaml:3:5"), rule.source);
  const table = await (await fetch(`${proxy.adminUrl}/admin/rules`, {
    headers: { Accept: "text/plain" },
  })).text();
  assert.match(table, /org-a +active +git\.example\.com:443 +GET \/orgA\/\*\* for ci /);
  assert.match(proxy.stderr, /egress: default deny, 0 allow and 0 deny entries; only reported/);
});

Deno.test("a broken file: exit 2, a line for every problem, and no secret", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write(
    "c.yaml",
    "listn: x\nrules:\n  - [a.example.com, X-Key, sk-live-sesame]\negress: { default: maybe }\n",
  );
  const outcome = await runProxyToExit(["--config", file, "--drain-timeout", "soon"], { dir });
  assert.equal(outcome.code, 2);
  assert.equal(outcome.stdout, "");
  assert.deepEqual(outcome.stderr.trimEnd().split("\n"), [
    `auth-proxy: ${file}:1:1: Cannot use listn: no such key; did you mean listen?`,
    `auth-proxy: ${file}:3:28: Cannot read rules[0][2]: write the name of a variable ` +
    "(letters, digits and _), not the secret itself",
    `auth-proxy: ${file}:4:20: Cannot read egress.default: write allow or deny`,
    'auth-proxy: --drain-timeout: Cannot parse "soon": write a number of seconds, such as 30',
  ]);
});

Deno.test("rules of the file that tie: exit 2 and a line with both places", async () => {
  await using dir = await TempDir.create();
  const rule = 'match: { host: a.example.com, path: "/x" }, inject: { headers: { X: "${A}" } }';
  const file = await dir.write(
    "c.yaml",
    `rules:\n  - { name: one, ${rule} }\n  - { name: two, ${rule} }\n`,
  );
  const args = ["--config", file, "--ca-dir", dir.join("ca"), "--listen", "127.0.0.1:0"];
  const outcome = await runProxyToExit([...args, "--admin", "127.0.0.1:0"], { dir });
  assert.equal(outcome.code, 2);
  assert.equal(
    outcome.stderr,
    `auth-proxy: ${file}:3:5: Cannot send two credentials to a.example.com:443: the rules one ` +
      `(${file}:2:5) and two (${file}:3:5) both name it; tell them apart by path, methods or ` +
      "agents\n",
  );
});
