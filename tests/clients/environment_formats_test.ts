/** The contract: whoever reads what is printed gets exactly the values that were given. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import {
  type EnvironmentFormat,
  formatEnvironment,
} from "../../src/clients/environment_formats.ts";
import { testWith, tool } from "../support/tools.ts";

/** All that is special to one of the readers; `’` and its like are quotes to PowerShell. */
const awkward = new Map([
  ["PLAIN", "http://127.0.0.1:8080"],
  ["EMPTY", ""],
  ["SPACES", "  two  words "],
  ["QUOTES", `it's "quoted", 'twice' \\' \\`],
  ["TYPOGRAPHIC", "\u2018a\u2019 \u201ab\u201b \u201cc\u201d"],
  ["DOLLARS", "$HOME ${HOME} $(id) $$ $& `id`"],
  ["SIGNS", "# ! ~ * ? [a] {b} <c> | & ; % ^ = : - @"],
]);
const lines = new Map([["LINES", "first\n second\n"]]);

async function readBack(
  command: readonly [string, ...string[]],
  { format, variables }: {
    format: EnvironmentFormat;
    variables: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const names = [...variables.keys()];
  const [program, ...args] = command;
  const script = `${formatEnvironment(variables, format)}env -0\n`;
  const { stdout, stderr, success } = await new Deno.Command(program, {
    args: [...args, script],
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: "/nonexistent" },
    clearEnv: true,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const printed = new Map(
    new TextDecoder().decode(stdout).split("\0").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  assert.deepEqual(names.map((name) => [name, printed.get(name)]), [...variables]);
}

testWith("formatEnvironment() for sh is read back by sh", {
  needs: [tool("sh")],
  fn: () => readBack(["sh", "-c"], { format: "sh", variables: new Map([...awkward, ...lines]) }),
});

testWith("formatEnvironment() for fish is read back by fish", {
  needs: [tool("fish")],
  fn: () =>
    readBack(["fish", "--no-config", "-c"], {
      format: "fish",
      variables: new Map([...awkward, ...lines]),
    }),
});

Deno.test("formatEnvironment() for PowerShell doubles each character that it takes for a quote", () => {
  const variables = new Map([["A", "it's $HOME `n"], ["B", "\u2018a\u2019 \u201ab\u201b"]]);
  assert.equal(
    formatEnvironment(variables, "powershell"),
    "$env:A = 'it''s $HOME `n'\n" +
      "$env:B = '\u2018\u2018a\u2019\u2019 \u201a\u201ab\u201b\u201b'\n",
  );
});

Deno.test("formatEnvironment() for compose is YAML whose values compose takes for what they are", () => {
  const variables = new Map([...awkward, ...lines]);
  const { environment } = parse(formatEnvironment(variables, "compose"));
  // Compose's interpolation: `$$` is `$`, and no other `$` is left that could begin a variable.
  for (const value of Object.values<string>(environment)) {
    assert.doesNotMatch(value.replaceAll("$$", ""), /\$/);
  }
  const read = Object.entries<string>(environment).map((
    [name, value],
  ) => [name, value.replaceAll("$$", "$")]);
  assert.deepEqual(read, [...variables]);
});

Deno.test("formatEnvironment() for docker quotes nothing, and refuses what a line cannot hold", () => {
  assert.equal(
    formatEnvironment(new Map([["A", `it's "$HOME" #`]]), "docker"),
    `A=it's "$HOME" #\n`,
  );
  assert.throws(
    () => formatEnvironment(lines, "docker"),
    /LINES .* line end; use --format compose/,
  );
});

Deno.test("formatEnvironment() for json is an object", () => {
  assert.deepEqual(JSON.parse(formatEnvironment(awkward, "json")), Object.fromEntries(awkward));
});
