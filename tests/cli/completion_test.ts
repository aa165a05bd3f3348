/**
 * The contract: `auth-proxy completion` prints scripts by which bash, zsh and fish themselves offer every
 * command, every option of every command, files, folders and fixed choices where they belong.
 */

import assert from "node:assert/strict";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { shellAnswers, shellNames } from "../support/completion/shell_answers.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";

/** The commands by what follows the program's name, and the options that their help lists. */
function optionsByCommand(command: Command, path = "auth-proxy"): Map<string, string[]> {
  const listed = [...command.helpInformation().matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)]
    .map(([, name = ""]) => name);
  const below = command.commands.map((child) => optionsByCommand(child, `${path} ${child.name()}`));
  return new Map([[path, listed], ...below.flatMap((each) => [...each])]);
}

const options = optionsByCommand(createProgram().program);

/** What is offered where, of what is there; `files` and `folders` are all that there is. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "auth-proxy sta": ["start"],
  "auth-proxy --log-format ": ["json", "text"],
  "auth-proxy start --log-format j": ["json"],
  "auth-proxy --tls-clients ": ["certificate", "token"],
  "auth-proxy env --format ": ["compose", "docker", "fish", "json", "powershell", "sh"],
  "auth-proxy check --format ": ["json", "text"],
  "auth-proxy --listen 127.0.0.1:8080 --log-format j": ["json"],
  "auth-proxy agent r": ["revoke"],
  "auth-proxy --env-file x agent": ["agent"],
  "auth-proxy help e": ["env", "explain"],
  "auth-proxy completion ": ["bash", "fish", "zsh"],
  "auth-proxy completion zsh b": [],
  "auth-proxy --config se": ["secrets.env"],
  "auth-proxy explain GET https://x.example/ --env-file se": ["secrets.env"],
  "auth-proxy test se": ["secrets.env"],
  "auth-proxy learn secrets.env se": ["secrets.env"],
  "auth-proxy run --env-file x -- cat se": ["secrets.env"],
  "auth-proxy --secrets-dir se": [],
  "auth-proxy --listen se": [],
  "auth-proxy --limit max-he": ["max-head-size="],
  "auth-proxy --allow-endpoint github-dep": ["github-deploy-key"],
};

for (const shell of shellNames) {
  testWith(`${shell} offers every command, and every option of every command`, {
    needs: [tool(shell)],
    fn: async () => {
      await using dir = await TempDir.create();
      const lines = [...options.keys()].map((path) => `${path} --`);
      const answers = await shellAnswers(shell, { lines: [...lines, "auth-proxy "], dir });
      for (const [path, names] of options) {
        const offered = new Set(answers.get(`${path} --`));
        const missing = names.filter((name) => !offered.has(name));
        assert.deepEqual(missing, [], path);
        if (path === "auth-proxy start") assert.ok(offered.has("--env-file"));
        if (path === "auth-proxy schema") assert.ok(!offered.has("--env-file"));
      }
      assert.ok(answers.get("auth-proxy --")?.includes("--env-file"));
      const commands = createProgram().program.commands.map((command) => command.name());
      assert.deepEqual(answers.get("auth-proxy ")?.sort(), [...commands, "help"].sort());
    },
  });

  testWith(`${shell} offers values, files and programs where they belong`, {
    needs: [tool(shell)],
    fn: async () => {
      await using dir = await TempDir.create();
      const lines = [...Object.keys(expected), "auth-proxy run -- ba"];
      const answers = await shellAnswers(shell, { lines, dir, files: ["secrets.env"] });
      for (const [line, offers] of Object.entries(expected)) {
        assert.deepEqual(answers.get(line)?.sort(), offers, line);
      }
      assert.ok(answers.get("auth-proxy run -- ba")?.includes("basename"));
    },
  });
}

Deno.test("completion says which shells there are", async () => {
  await using dir = await TempDir.create();
  const { code, stdout, stderr } = await runProxyToExit(["completion", "tcsh"], { dir });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /write bash, zsh or fish/);
});
