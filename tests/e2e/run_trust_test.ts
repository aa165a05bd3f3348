/**
 * The contract of `auth-proxy run` towards a proxy that runs already: it is used if it has our CA's key and
 * nothing is said that it might not do, and nothing else that listens there is.
 */

import assert from "node:assert/strict";
import { auditLines } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { runProgram } from "../support/run_program.ts";
import { testWith, tool } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const path = { PATH: Deno.env.get("PATH") ?? "" };

testWith("a proxy that runs with the same CA is used again", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
    const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
    const { code, stdout, stderr } = await runProxyToExit([
      ...["run", "--ca-dir", proxy.caDir, "--listen", `127.0.0.1:${proxy.port}`, "--"],
      ...["curl", "-sS", "--fail", "https://api.github.com/user"],
    ], { dir: lab.dir, env: path });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /octocat/);
    assert.match(stderr, /which runs already; placeholders for GITHUB_TOKEN/);
    await waitUntil(() => auditLines(proxy).some(({ rule }) => rule === "github"), {
      what: "the running proxy has served it",
    });
  },
});

Deno.test("a proxy that runs, and lacks what is asked for, is not used in its place", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy();
  const args = ["run", "--ca-dir", proxy.caDir, "--listen", `127.0.0.1:${proxy.port}`, "--"];
  const { code, stdout, stderr } = await runProxyToExit([...args, "echo", "run"], {
    dir: lab.dir,
    env: { GITHUB_TOKEN: token },
  });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /--listen: a proxy with a configuration of its own runs there/);
});

Deno.test("what listens in the proxy's place is not trusted for a CA that was put in the public folder", async () => {
  await using lab = await Lab.create();
  const impostor = await lab.proxy();
  await runProgram(["true"], { dir: lab.dir });
  await Deno.copyFile(impostor.caFile, lab.dir.join("ca/public/ca.pem"));
  const args = ["--listen", `127.0.0.1:${impostor.port}`];
  const { code, stdout, stderr } = await runProgram(["echo", "run"], { dir: lab.dir, args });
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /ca\.pem.* is not the one/);
});

Deno.test("what listens in the proxy's place, and has not our CA's key, is not trusted", async () => {
  await using lab = await Lab.create();
  const impostor = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
  const args = ["--listen", `127.0.0.1:${impostor.port}`, "--admin", "127.0.0.1:0"];
  const { code, stderr } = await runProgram(["echo", "run"], { dir: lab.dir, args });
  // It is another proxy, with another CA: ours cannot have its port.
  assert.equal(code, 2);
  assert.match(stderr, /is in use/);
});

testWith("an agent's token may have any character, and comes to the proxy as it is", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
    const file = await lab.dir.write("token", "ab/cd+ef@gh:ij#kl?mn%op\"q'r$s\n");
    await Deno.chmod(file, 0o600);
    const options = { dir: lab.dir, env: { ...path, GITHUB_TOKEN: token } };
    const args = [...lab.args, "--agent-token-file", file];
    const command = ["curl", "-sS", "--fail", "https://api.github.com/user"];
    const { code, stdout, stderr } = await runProgram(command, { ...options, args });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /octocat/);
    const proxy = await lab.proxy({
      args: ["--agent-token-file", file],
      caDir: lab.dir.join("ca"),
    });
    const again = await runProgram(["sh", "-c", 'curl -sS "$https_proxy/.well-known/auth-proxy"'], {
      dir: lab.dir,
      env: path,
      args: ["--agent-token-file", file, "--listen", `127.0.0.1:${proxy.port}`],
    });
    assert.match(again.stderr, /which runs already/);
    assert.match(again.stdout, /"agent": "agent"/);
  },
});
