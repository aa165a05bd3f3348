/**
 * The contract: proxies with one --ca-cert and --ca-key are one proxy to their clients: they trust
 * either, and a placeholder of one is an alarm at the other. Nothing is shared but what was given.
 */

import assert from "node:assert/strict";
import { auditLines } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { sharedCa } from "../support/shared_ca.ts";
import { TempDir } from "../support/temp_dir.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789", SENTRY_AUTH_TOKEN: "sentry_0123456789" };
const target = "sentry.io:443";

Deno.test("two proxies with a given CA are trusted alike and know each other's placeholders", async () => {
  await using lab = await Lab.create();
  await lab.upstream([target], json({}));
  const { pem, args } = await sharedCa(lab.dir);
  const adminToken = "admin-token-0123456789";
  const tokenFile = await lab.dir.write("admin.token", `${adminToken}\n`);
  const more = [...args, "--admin-token-file", tokenFile];
  const [one, two] = await Promise.all([
    lab.proxy({ secrets, args: more }),
    lab.proxy({ secrets, args: more }),
  ]);
  const placeholders = new Set<string>();
  for (const proxy of [one, two]) {
    assert.equal(await Deno.readTextFile(proxy.caFile), pem);
    // No key of a CA, no placeholder key, no admin token: what was given is not copied.
    const own = await Array.fromAsync(Deno.readDir(`${proxy.caDir}/private`));
    assert.deepEqual(own.map(({ name }) => name), []);
    const headers = { Authorization: `Bearer ${adminToken}` };
    const agents = await fetch(`${proxy.adminUrl}/admin/agents`, { headers });
    assert.equal(agents.status, 200, await agents.text());
    const env = ["env", "--format", "json", "--ca-dir", lab.dir.join("none"), ...args];
    const shown = await runProxyToExit(env, { dir: proxy.dir, env: secrets });
    assert.equal(shown.code, 0, shown.stderr);
    placeholders.add(JSON.parse(shown.stdout).GITHUB_TOKEN);
  }
  assert.equal(placeholders.size, 1);
  const [placeholder = ""] = placeholders;
  assert.match(placeholder, /^ghp_\w{36}$/);
  for (const proxy of [one, two]) {
    using client = await RawClient.tunnel(proxy.url, { target, ca: pem });
    const response = await client.get("/", `Host: sentry.io\r\nX-Stray: ${placeholder}\r\n`);
    assert.equal(response.status, 200);
    client.close();
    await proxy.stop();
    const alarms = auditLines(proxy).filter(({ kind }) => kind === "alarm");
    assert.equal(alarms.length, 1, proxy.stderr);
  }
});

Deno.test("placeholders of another CA's key are others", async () => {
  await using dir = await TempDir.create();
  const seen = new Set<string>();
  for (const name of ["a", "b"]) {
    await using folder = await TempDir.create();
    const { args } = await sharedCa(folder);
    const env = ["env", "--format", "json", "--ca-dir", dir.join(name), ...args];
    const { code, stdout, stderr } = await runProxyToExit(env, { dir, env: secrets });
    assert.equal(code, 0, stderr);
    seen.add(JSON.parse(stdout).GITHUB_TOKEN);
  }
  assert.equal(seen.size, 2);
});

Deno.test("half a CA, and a CA that cannot be used, do not start", async () => {
  await using dir = await TempDir.create();
  const { args } = await sharedCa(dir);
  const start = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ca-dir", dir.join("ca")];
  const [, certificate = "", , key = ""] = args;
  const cases: [string[], RegExp][] = [
    [["--ca-cert", certificate], /^.*--ca-cert: Cannot use it alone: give --ca-key FILE too$/m],
    [["--ca-key", key], /^.*--ca-key: Cannot use it alone: give --ca-cert FILE too$/m],
    [["--ca-cert", key, "--ca-key", key], /--ca-cert, --ca-key: .* holds no certificate in PEM/],
    [
      ["--ca-cert", certificate, "--ca-key", dir.join("none")],
      /--ca-cert, --ca-key: .*none": there is no such file/,
    ],
  ];
  for (const [flags, pattern] of cases) {
    const { code, stderr } = await runProxyToExit([...start, ...flags], { dir });
    assert.equal(code, 2, stderr);
    assert.match(stderr, pattern);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});
