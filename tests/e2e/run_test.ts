/**
 * The contract of `auth-proxy run -- CMD`: the program works behind a proxy, holds no credential, and is
 * in everything else the user's own: streams, signals, exit status. Nothing of ours is on its terminal but
 * one line, and nothing is left behind.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { auditLines } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import type { ProxyCommandOptions } from "../support/proxy_command.ts";
import { type Outcome, runProxyToExit } from "../support/proxy_process.ts";
import { RunningCommand } from "../support/running_command.ts";
import { TempDir } from "../support/temp_dir.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const path = { PATH: Deno.env.get("PATH") ?? "" };

async function run(
  command: readonly string[],
  { args = [], ...options }: Partial<ProxyCommandOptions> & Pick<ProxyCommandOptions, "dir">,
): Promise<Outcome> {
  return await runProxyToExit(
    ["run", "--ca-dir", options.dir.join("ca"), ...args, "--", ...command],
    options,
  );
}

testWith("a program calls the API through a proxy of its own, and never has the credential", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    const api = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
    const { code, stdout, stderr } = await run(
      ["sh", "-c", "env; cat /proc/self/environ; curl -sS --fail https://api.github.com/user"],
      {
        dir: lab.dir,
        args: lab.args,
        env: { ...path, GITHUB_TOKEN: token, COPY: `x${token}`, GH_TOKEN: "ghp_another" },
      },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /octocat/);
    assert.match(stdout, /^GITHUB_TOKEN=ghp_/m);
    assert.ok(!stdout.includes(token) && !stdout.includes("ghp_another"));
    assertInjected(api, { name: "authorization", value: `Bearer ${token}` });
    assert.match(
      stderr,
      /^auth-proxy: sh goes through 127\.0\.0\.1:\d+; placeholders for GITHUB_TOKEN; removed: COPY, GH_TOKEN\n$/,
    );
    const log = await Deno.readTextFile(lab.dir.join("ca/private/run-audit.jsonl"));
    assert.match(log, /"rule":"github"/);
    assert.ok(!log.includes(token));
  },
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
    const { code, stdout, stderr } = await run(command, { ...options, args });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /octocat/);
    const proxy = await lab.proxy({
      args: ["--agent-token-file", file],
      caDir: lab.dir.join("ca"),
    });
    const again = await run(["sh", "-c", 'curl -sS "$https_proxy/.well-known/auth-proxy"'], {
      dir: lab.dir,
      env: path,
      args: ["--agent-token-file", file, "--listen", `127.0.0.1:${proxy.port}`],
    });
    assert.match(again.stderr, /which runs already/);
    assert.match(again.stdout, /"agent": "agent"/);
  },
});

Deno.test("the program has our stdin and stdout, its arguments as they are, and its status is ours", async () => {
  await using dir = await TempDir.create();
  const script = 'printf "%s|" "$@"; exit 42';
  const { code, stdout } = await run(["sh", "-c", script, "x", "-p", "a b", "--", "$HOME"], {
    dir,
  });
  assert.equal(code, 42);
  assert.equal(stdout, "-p|a b|--|$HOME|");
});

for (
  const [what, command, status, says] of [
    ["is not there", ["no-such-program"], 127, /"no-such-program" is not found/],
    ["may not be executed", ["/etc"], 126, /cannot be executed/],
  ] as const
) {
  Deno.test(`a program that ${what}: ${status}, as from a shell`, async () => {
    await using dir = await TempDir.create();
    const { code, stderr } = await run(command, { dir });
    assert.equal(code, status, stderr);
    assert.match(stderr, says);
  });
}

Deno.test("a program that a signal ended: 128 and its number", async () => {
  await using dir = await TempDir.create();
  assert.equal((await run(["sh", "-c", "kill -KILL $$"], { dir })).code, 137);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) {
  Deno.test(`${signal} is passed on, and the program says when it is over`, async () => {
    await using dir = await TempDir.create();
    const name = signal.slice(3);
    const script =
      `trap 'echo got ${name}; exit 7' ${name}; echo waiting; while :; do sleep 0.1; done`;
    await using command = await RunningCommand.start({
      dir,
      args: ["run", "--ca-dir", dir.join("ca"), "--", "sh", "-c", script],
    });
    await waitUntil(() => command.stdout.text.includes("waiting"), { what: "the program runs" });
    command.signal(signal);
    const { code, stdout } = await command.waitForExit();
    assert.equal(code, 7);
    assert.match(stdout, new RegExp(`got ${name}`));
  });
}

/** Runs its arguments on a terminal, but with a pipe as stdin, and presses Ctrl-C once they say "ready". */
const onTerminal = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(os.pipe()[0], 0)
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
pressed = False
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:
        break
    if not some:
        break
    seen += some
    if b"ready" in seen and not pressed:
        pressed = True
        os.write(terminal, b"\\x03")
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

testWith("Ctrl-C comes to the program once, though it reads from a pipe", {
  needs: [pythonModule("pty")],
  fn: async () => {
    await using dir = await TempDir.create();
    const script = `trap 'echo "got INT"; left=10' INT; left=600; echo ready
      while [ $left -gt 0 ]; do sleep 0.1; left=$((left - 1)); done`;
    const { code, stdout } = await run(["sh", "-c", script], {
      dir,
      prefix: [python, "-c", onTerminal],
    });
    assert.equal(code, 0, stdout);
    assert.equal(stdout.match(/got INT/g)?.length, 1, stdout);
  },
});

Deno.test("a broken configuration runs nothing", async () => {
  await using dir = await TempDir.create();
  const { code, stdout, stderr } = await run(["echo", "run"], {
    dir,
    args: ["--rule", "nonsense"],
  });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /--rule/);
});

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
    assert.match(stderr, /which runs already/);
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
  assert.match(stderr, /--listen: the proxy that runs there has no credential for github/);
});

Deno.test("what listens in the proxy's place is not trusted for a CA that was put in the public folder", async () => {
  await using lab = await Lab.create();
  const impostor = await lab.proxy();
  await run(["true"], { dir: lab.dir });
  await Deno.copyFile(impostor.caFile, lab.dir.join("ca/public/ca.pem"));
  const args = ["--listen", `127.0.0.1:${impostor.port}`];
  const { code, stdout, stderr } = await run(["echo", "run"], { dir: lab.dir, args });
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /ca\.pem.* is not the one/);
});

Deno.test("what listens in the proxy's place, and has not our CA's key, is not trusted", async () => {
  await using lab = await Lab.create();
  const impostor = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
  const args = ["--listen", `127.0.0.1:${impostor.port}`, "--admin", "127.0.0.1:0"];
  const { code, stderr } = await run(["echo", "run"], { dir: lab.dir, args });
  // It is another proxy, with another CA: ours cannot have its port.
  assert.equal(code, 2);
  assert.match(stderr, /is in use/);
});
