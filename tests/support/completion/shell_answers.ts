/**
 * What a shell offers where a line is completed, by the script that the program prints for it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runProxyToExit } from "../proxy_process.ts";
import type { TempDir } from "../temp_dir.ts";

const shells = {
  bash: ["bash", "--norc", "--noprofile", fileOf("bash_answers.bash")],
  zsh: ["zsh", "-f", fileOf("zsh_answers.zsh")],
  fish: ["fish", "--no-config", fileOf("fish_answers.fish")],
} as const;

export type Shell = keyof typeof shells;
export const shellNames = Object.keys(shells) as Shell[];

/**
 * Asks a shell what it offers for each of the lines; they are completed in an empty folder.
 *
 * @param options `files` are in that folder.
 */
export async function shellAnswers(
  shell: Shell,
  { lines, dir, files = [] }: {
    lines: readonly string[];
    dir: TempDir;
    files?: readonly string[];
  },
): Promise<Map<string, string[]>> {
  const { code, stdout: text, stderr } = await runProxyToExit(["completion", shell], { dir });
  assert.equal(code, 0, stderr);
  const script = await dir.write(`completion.${shell}`, text);
  const cwd = await dir.makeDir("folder");
  for (const file of files) await Deno.writeTextFile(`${cwd}/${file}`, "");
  const [program, ...args] = shells[shell];
  const output = await new Deno.Command(program, {
    args: [...args, script, ...lines],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: await dir.makeDir("home"), TERM: "dumb" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  const [said, complained] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assert.deepEqual([output.code, complained], [0, ""]);
  const answers = new Map<string, string[]>();
  for (const block of said?.split(/^= /m).slice(1) ?? []) {
    const [line = "", ...offers] = block.replace(/\n$/, "").split("\n");
    answers.set(line, offers.map((offer) => offer.split("\t")[0] ?? ""));
  }
  assert.deepEqual([...answers.keys()], lines);
  return answers;
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
