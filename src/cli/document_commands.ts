import { Argument, type Command } from "commander";

const shells = ["bash", "zsh", "fish"];

/**
 * Adds `completion` and `man`, which describe the command line that they are part of.
 *
 * @param report Is given the exit status of what was run.
 */
export function addDocumentCommands(program: Command, report: (status: number) => void): void {
  const shell = new Argument("<shell>", shells.join(", "));
  shell.argChoices = [...shells];
  program.command("completion")
    .description("Print completions for a shell.")
    .addArgument(shell)
    .allowExcessArguments(false)
    .action(async (name: string) => {
      const { runCompletion } = await import("./completion.ts");
      report(runCompletion(program, name));
    });
  program.command("man")
    .description("Print the manual page, for man -l or a folder of MANPATH.")
    .allowExcessArguments(false)
    .action(async () => {
      const { runManual } = await import("./manual.ts");
      report(runManual(program));
    });
}
