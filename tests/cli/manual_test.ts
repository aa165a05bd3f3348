/**
 * The contract: `auth-proxy man` prints a manual page that groff and mandoc find nothing wrong with, and
 * that has every command, option, limit and variable. It is the same for every user.
 */

import assert from "node:assert/strict";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { limitTable } from "../../src/config/limit_table.ts";
import { settingTable, variableOf } from "../../src/config/setting_table.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";

async function printPage(dir: TempDir): Promise<string> {
  const { code, stdout, stderr } = await runProxyToExit(["man"], { dir });
  assert.deepEqual([code, stderr], [0, ""]);
  return await dir.write("auth-proxy.1", stdout);
}

async function outputOf(command: readonly [string, ...string[]], home: string): Promise<string> {
  const [program, ...args] = command;
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: {
      ...{ PATH: Deno.env.get("PATH") ?? "", HOME: home, TERM: "dumb" },
      ...{ LC_ALL: "C.UTF-8", MANWIDTH: "200", MANPAGER: "cat" },
    },
  }).output();
  return [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes)).join("");
}

/** What a terminal shows: nothing that is struck over, no colours. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what bold and underlined text is made of
  return text.replaceAll(/.\x08|\x1b\[[\d;]*m/g, "");
}

function optionsOf(command: Command): string[] {
  const own = [...command.helpInformation().matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)];
  return [...own.map(([, name = ""]) => name), ...command.commands.flatMap(optionsOf)];
}

function pathsOf({ commands }: Command, path = ""): string[] {
  return commands.flatMap((child) => {
    const longer = `${path} ${child.name()}`.trim();
    return child.commands.length === 0 ? [longer] : pathsOf(child, longer);
  });
}

testWith("man shows every command, option, limit and variable, and no home", {
  needs: [tool("man"), tool("groff")],
  fn: async () => {
    await using dir = await TempDir.create();
    const page = await printPage(dir);
    const text = plain(await outputOf(["man", "-l", page], dir.path));
    const { program } = createProgram();
    for (const path of pathsOf(program)) assert.match(text, new RegExp(`^ {3}${path}$`, "m"));
    const names = [
      ...optionsOf(program),
      ...limitTable.map(({ name }) => name),
      ...Object.values(settingTable).map(variableOf),
    ];
    for (const name of names) assert.match(text, new RegExp(`^ {7}(-\\w, )?${name}( |$)`, "m"));
    assert.match(text, /--format format\n +how it is written \(default: sh\); one of sh, fish/);
    assert.match(text, /~\/\.local\/share\/auth-proxy/);
    assert.ok(!text.includes(dir.path));
  },
});

testWith("groff has no warning about the page", {
  needs: [tool("groff")],
  fn: async () => {
    await using dir = await TempDir.create();
    const page = await printPage(dir);
    assert.equal(await outputOf(["groff", "-man", "-Tutf8", "-ww", "-z", page], dir.path), "");
  },
});

testWith("mandoc has none either, but that no date is given", {
  needs: [tool("mandoc")],
  fn: async () => {
    await using dir = await TempDir.create();
    const page = await printPage(dir);
    const said = await outputOf(["mandoc", "-Tlint", "-Wwarning", page], dir.path);
    assert.match(said, /^mandoc: [^\n]*: missing date, using "": TH\n$/);
  },
});
