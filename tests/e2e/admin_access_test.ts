/**
 * The contract: who can reach the admin listener sees no more than that the proxy is there and what
 * it does. To see who uses it, and to change anything, takes the admin token or the admin socket; an
 * agent's token is none of the two.
 */

import assert from "node:assert/strict";
import { addAgent } from "../support/agent_command.ts";
import { Lab } from "../support/lab.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

const open = ["/healthz", "/readyz", "/admin/rules", "/admin/ca.pem", "/admin/version"];

async function statusOf(
  proxy: ProxyProcess,
  path: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<number> {
  const response = await fetch(proxy.adminUrl + path, { method, headers });
  await response.body?.cancel();
  return response.status;
}

async function adminHeaders(proxy: ProxyProcess): Promise<Record<string, string>> {
  const token = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
  return { Authorization: `Bearer ${token}` };
}

Deno.test("on loopback everybody sees health, rules, CA and version, and nobody sees agents", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy();
  for (const path of open) assert.equal(await statusOf(proxy, path), 200, path);
  assert.equal(await statusOf(proxy, "/admin/agents"), 401);
  assert.equal(await statusOf(proxy, "/admin/agents/ci/revoke", { method: "POST" }), 401);
  const headers = await adminHeaders(proxy);
  assert.equal(await statusOf(proxy, "/admin/agents", { headers }), 200);
  const evil = { ...headers, Origin: "https://evil.example" };
  const post = { method: "POST", headers: evil };
  assert.equal(await statusOf(proxy, "/admin/agents/ci/revoke", post), 403);
});

Deno.test("off loopback nobody sees more than readiness without the admin token, not even an agent", async () => {
  await using lab = await Lab.create();
  const tokenFile = await lab.dir.write("agent.token", "agent-token-0123456789\n");
  for (const more of [[], ["--allow-unauthenticated"]]) {
    const proxy = await lab.proxy({
      args: ["--admin", "0.0.0.0:0", "--agent-token-file", tokenFile, ...more],
    });
    const ci = await addAgent(proxy, "ci");
    const headers = await adminHeaders(proxy);
    assert.equal(await statusOf(proxy, "/readyz"), 200);
    for (const path of [...open, "/admin/agents"]) {
      if (path === "/readyz") continue;
      assert.equal(await statusOf(proxy, path), 401, path);
      for (const token of [ci, "agent-token-0123456789"]) {
        const agent = { Authorization: `Bearer ${token}` };
        assert.equal(await statusOf(proxy, path, { headers: agent }), 401, path);
      }
      assert.equal(await statusOf(proxy, path, { headers }), 200, path);
    }
  }
});

Deno.test("the admin token is made once, for the owner alone, and printed nowhere", async () => {
  await using dir = await TempDir.create();
  await using lab = await Lab.create();
  const first = await lab.proxy({ caDir: dir.join("ca") });
  const path = `${first.caDir}/private/admin-token`;
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  const token = await Deno.readTextFile(path);
  assert.match(token, /^[A-Za-z0-9_-]{43}\n$/);
  await statusOf(first, "/admin/agents", { headers: { Authorization: `Bearer x${token.trim()}` } });
  await first.stop();
  assert.ok(!(first.stdout + first.stderr).includes(token.trim()));
  const second = await lab.proxy({ caDir: dir.join("ca") });
  assert.equal(await Deno.readTextFile(path), token);
  assert.equal(
    await statusOf(second, "/admin/agents", { headers: await adminHeaders(second) }),
    200,
  );
});

Deno.test("GET /admin/agents tells what agents there are, and what they have open", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy();
  await addAgent(proxy, "ci");
  const headers = await adminHeaders(proxy);
  async function agents(): Promise<{ name: string; revoked: boolean; connections: number }[]> {
    const response = await fetch(`${proxy.adminUrl}/admin/agents`, { headers });
    return (await response.json()).agents;
  }
  await waitUntil(async () => (await agents()).length === 1, { what: "ci is known" });
  assert.equal(
    await statusOf(proxy, "/admin/agents/old/revoke", { method: "POST", headers }),
    200,
  );
  assert.deepEqual(
    (await agents()).map(({ name, revoked, connections }) => [name, revoked, connections]),
    [["ci", false, 0], ["old", true, 0]],
  );
});

testWith("--admin-socket serves its owner without a token, and is gone after the stop", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    const path = lab.dir.join("admin.sock");
    const proxy = await lab.proxy({ args: ["--admin-socket", path] });
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    const { stdout } = await new Deno.Command("curl", {
      args: ["--silent", "--unix-socket", path, "http://localhost/admin/agents"],
    }).output();
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), { agents: [] });
    const args = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--admin-socket", path];
    const other = await runProxyToExit([...args, "--ca-dir", lab.dir.join("other")], {
      dir: lab.dir,
    });
    assert.equal(other.code, 2);
    assert.match(other.stderr, /^auth-proxy: --admin-socket .* another process listens there/m);
    await proxy.stop();
    await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
  },
});
