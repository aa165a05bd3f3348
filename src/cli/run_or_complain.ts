import { writeLine } from "./write_line.ts";

/** Exit status of a command that could not be carried out. */
const FAILED = 2;

/**
 * Carries a command out; what it throws becomes one line on stderr.
 *
 * @returns The exit status.
 */
export async function runOrComplain(command: () => Promise<void>): Promise<number> {
  try {
    await command();
    return 0;
  } catch (error) {
    writeLine(
      Deno.stderr,
      `auth-proxy: ${error instanceof Error ? error.message : String(error)}`,
    );
    return FAILED;
  }
}
