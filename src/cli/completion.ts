import type { Command } from "commander";
import { version } from "../app.ts";
import { bashCompletion } from "./bash_completion.ts";
import { complain } from "./complain.ts";
import { describedProgram } from "./described_program.ts";
import { fishCompletion } from "./fish_completion.ts";
import { writeLine } from "./write_line.ts";
import { zshCompletion } from "./zsh_completion.ts";

/**
 * `auth-proxy completion`: prints a script that completes the command line of `program`.
 *
 * @returns The exit status.
 */
export function runCompletion(program: Command, shell: string): number {
  const script = {
    bash: bashCompletion,
    zsh: zshCompletion,
    fish: fishCompletion,
  }[shell];
  if (script === undefined) {
    return complain([{ where: "completion", message: "write bash, zsh or fish" }]);
  }
  writeLine(Deno.stdout, script(describedProgram(program), version).trimEnd());
  return 0;
}
