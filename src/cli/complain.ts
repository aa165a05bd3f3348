import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { writeLine } from "./write_line.ts";

/** Exit status of bad usage, a bad configuration, or a command that could not be carried out. */
export const FAILED = 2;

/** Writes a line on stderr for each problem. */
export function complain(problems: readonly Problem[]): typeof FAILED {
  for (const { where, message } of problems) {
    writeLine(Deno.stderr, `auth-proxy: ${where}: ${message}`);
  }
  return FAILED;
}

/**
 * Carries a command out; what it throws becomes a line on stderr, or one for each problem.
 *
 * @returns The exit status.
 */
export async function runOrComplain(command: () => Promise<void>): Promise<number> {
  try {
    await command();
    return 0;
  } catch (error) {
    if (error instanceof StartError) return complain(error.problems);
    writeLine(
      Deno.stderr,
      `auth-proxy: ${error instanceof Error ? error.message : String(error)}`,
    );
    return FAILED;
  }
}
