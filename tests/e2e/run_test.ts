/**
 * The contract of `auth-proxy run -- CMD`: the program works behind a proxy, holds no credential, and is
 * in everything else the user's own: streams, signals, exit status. Nothing of ours is on its terminal but
 * one line, and nothing is left behind.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { Lab } from "../support/lab.ts";
import { runProgram } from "../support/run_program.ts";
import { RunningCommand } from "../support/running_command.ts";
import { TempDir } from "../support/temp_dir.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const path = { PATH: Deno.env.get("PATH") ?? "" };

testWith("a program calls the API through a proxy of its own, and never has the credential", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    const api = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
    const { code, stdout, stderr } = await runProgram(
      ["sh", "-c", "env; cat /proc/self/environ; curl -sS --fail https://api.github.com/user"],
      {
        dir: lab.dir,
        args: lab.args,
        env: {
          ...path,
          GITHUB_TOKEN: token,
          COPY: `x${token}`,
          GH_TOKEN: "ghp_another",
          AWS_SECRET_ACCESS_KEY: "aws",
        },
      },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /octocat/);
    assert.match(stdout, /^GITHUB_TOKEN=ghp_/m);
    assert.ok(!stdout.includes(token) && !stdout.includes("ghp_another"));
    assertInjected(api, { name: "authorization", value: `Bearer ${token}` });
    assert.match(
      stderr,
      /^auth-proxy: sh goes through 127\.0\.0\.1:\d+; placeholders for GITHUB_TOKEN; removed: AWS_SECRET_ACCESS_KEY, COPY, GH_TOKEN\n$/,
    );
    const log = await Deno.readTextFile(lab.dir.join("ca/private/run-audit.jsonl"));
    assert.match(log, /"rule":"github"/);
    assert.ok(!log.includes(token));
  },
});

Deno.test("the program has our stdin and stdout, its arguments as they are, and its status is ours", async () => {
  await using dir = await TempDir.create();
  const script = 'printf "%s|" "$@"; exit 42';
  const { code, stdout } = await runProgram(["sh", "-c", script, "x", "-p", "a b", "--", "$HOME"], {
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
    const { code, stderr } = await runProgram(command, { dir });
    assert.equal(code, status, stderr);
    assert.match(stderr, says);
  });
}

Deno.test("a program that a signal ended: 128 and its number", async () => {
  await using dir = await TempDir.create();
  assert.equal((await runProgram(["sh", "-c", "kill -KILL $$"], { dir })).code, 137);
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
    const { code, stdout } = await runProgram(["sh", "-c", script], {
      dir,
      prefix: [python, "-c", onTerminal],
    });
    assert.equal(code, 0, stdout);
    assert.equal(stdout.match(/got INT/g)?.length, 1, stdout);
  },
});

Deno.test("a broken configuration runs nothing", async () => {
  await using dir = await TempDir.create();
  const { code, stdout, stderr } = await runProgram(["echo", "run"], {
    dir,
    args: ["--rule", "nonsense"],
  });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /--rule/);
});
