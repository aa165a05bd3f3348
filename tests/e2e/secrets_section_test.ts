/**
 * The contract: a secret that the configuration names is on requests as a variable's value is, whatever
 * it comes from, and changes with what it comes from; where it cannot be had, nothing is forwarded.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const host = "api.one.example";
const authority = `${host}:443`;
const PATH = Deno.env.get("PATH") ?? "";

async function ask(proxy: ProxyProcess, target = authority) {
  using client = await RawClient.tunnel(proxy.url, {
    target,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  return await client.get("/", `Host: ${target.replace(":443", "")}\r\n`);
}

function sent(upstream: Upstream, name = "authorization"): (string | undefined)[] {
  return upstream.requests.map((request) => request.values(name)[0]);
}

Deno.test("secrets of every local kind are put on requests, and follow what they come from", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], json({}));
  await lab.dir.write("f", "from-the-file\n", { mode: 0o600 });
  await lab.dir.write("j.json", '{"data":{"token":"from-the-json"}}', { mode: 0o600 });
  await lab.dir.write("c.sh", "#!/bin/sh\necho from-the-command\n", { mode: 0o700 });
  const claude = (accessToken: string) =>
    JSON.stringify({ claudeAiOauth: { accessToken, expiresAt: Date.now() + 3_600_000 } });
  await lab.dir.write("claude.json", claude("from-claude-code"), { mode: 0o600 });
  const config = await lab.dir.write(
    "c.yaml",
    `
secrets:
  e: { env: SOME_VARIABLE }
  f: { file: ./f }
  j: { file: ./j.json, key: data.token }
  c: { command: [./c.sh], env: { PATH: "${PATH}" } }
  cc: { claude_code: ./claude.json }
rules:
  - name: all
    match: { host: ${host} }
    inject:
      headers: { X-E: "\${e}", X-F: "\${f}", X-J: "\${j}", X-C: "\${c}", X-Claude: "\${cc}" }
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: { SOME_VARIABLE: "from-the-variable" },
  });
  async function headers(): Promise<(string | undefined)[]> {
    assert.equal((await ask(proxy)).status, 200);
    const request = upstream.requests.at(-1);
    return ["x-e", "x-f", "x-j", "x-c", "x-claude"].map((name) => request?.values(name)[0]);
  }
  assert.deepEqual(await headers(), [
    "from-the-variable",
    "from-the-file",
    "from-the-json",
    "from-the-command",
    "from-claude-code",
  ]);
  await lab.dir.write("f", "another-file", { mode: 0o600 });
  await lab.dir.write("claude.json", claude("another-claude"), { mode: 0o600 });
  await waitUntil(async () => {
    const [, f, , , cc] = await headers();
    return f === "another-file" && cc === "another-claude";
  }, { what: "both changes are on requests" });
});

Deno.test("a secret with the name of a service's variable is that service's, and what it gives is masked", async () => {
  await using lab = await Lab.create();
  const api = "api.github.com:443";
  const upstream = await lab.upstream([api], async (exchange) => {
    await exchange.respondJson({ echo: exchange.request.values("authorization") });
  });
  const config = await lab.dir.write(
    "c.yaml",
    "secrets: { GITHUB_TOKEN: { command: [printf, '%s\\n', ghp_printed_0123] } }\n",
  );
  const proxy = await lab.proxy({ args: ["--config", config], env: { PATH } });
  const response = await ask(proxy, api);
  assert.deepEqual(sent(upstream), ["Bearer ghp_printed_0123"]);
  assert.equal(response.body.trim(), '{"echo":["Bearer ****************"]}');
  const { rules } = await (await fetch(`${proxy.adminUrl}/admin/rules`)).json();
  const rule = rules.find(({ name }: { name: string }) => name === "github");
  assert.deepEqual(rule.variables, [{ name: "GITHUB_TOKEN", source: "the command printf" }]);
});

Deno.test("a secret that cannot be had answers 502 with the reason until it can, and nothing is forwarded", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], json({}));
  const config = await lab.dir.write(
    "c.yaml",
    `
secrets:
  f: { file: ./f }
rules:
  - [${host}, Authorization, f]
`,
  );
  const proxy = await lab.proxy({ args: ["--config", config] });
  const refused = await ask(proxy);
  assertRefused(refused, { status: 502 });
  assert.match(refused.body, /the secret f is missing: its file cannot be read: no such file/);
  assert.ok(!refused.body.includes(lab.dir.path));
  assert.equal(upstream.requests.length, 0);
  await lab.dir.write("f", "here-it-is", { mode: 0o600 });
  await waitUntil(async () => (await ask(proxy)).status === 200, { what: "it is there" });
  assert.deepEqual(sent(upstream), ["Bearer here-it-is"]);
});

Deno.test("a command that fails answers 502; after a 401 it is run again", async () => {
  await using lab = await Lab.create();
  let accepted = "";
  const upstream = await lab.upstream([authority], async (exchange) => {
    const [value] = exchange.request.values("authorization");
    await exchange.respondJson({}, value === `Bearer ${accepted}` ? 200 : 401);
  });
  const script = '#!/bin/sh\ncat "$(dirname "$0")/value"\n';
  await lab.dir.write("c.sh", script, { mode: 0o700 });
  const config = await lab.dir.write(
    "c.yaml",
    `
secrets:
  c: { command: [./c.sh], ttl: 1h, env: { PATH: "${PATH}" } }
rules:
  - [${host}, Authorization, c]
`,
  );
  const proxy = await lab.proxy({ args: ["--config", config] });
  const refused = await ask(proxy);
  assertRefused(refused, { status: 502 });
  assert.match(refused.body, /The secret c cannot be had: the command c\.sh exited with 1/);
  assert.equal(upstream.requests.length, 0);
  assert.match(proxy.stderr, /credential not renewed .*secret c/);

  await lab.dir.write("value", "first-value");
  accepted = "first-value";
  // It is left alone for five seconds after a failure.
  await waitUntil(async () => (await ask(proxy)).status === 200, { what: "it is run again" });
  assert.deepEqual(sent(upstream), ["Bearer first-value"]);
});

Deno.test("a command that was not there at start needs a restart; the rest of the file is not taken either", async () => {
  await using lab = await Lab.create();
  const config = await lab.dir.write("c.yaml", "rules: []\n");
  const proxy = await lab.proxy({ args: ["--config", config] });
  await lab.dir.write("c.yaml", "secrets: { c: { command: [id] } }\n");
  await waitUntil(() => /rejected.*restart the proxy/.test(proxy.stderr), {
    what: "it is refused",
  });
});
