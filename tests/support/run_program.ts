/**
 * `auth-proxy run`, as tests call it.
 *
 * @module
 */

import type { ProxyCommandOptions } from "./proxy_command.ts";
import { type Outcome, runProxyToExit } from "./proxy_process.ts";

/** Runs a program behind a proxy with a CA of its own in the folder, and waits for its end. */
export async function runProgram(
  command: readonly string[],
  { args = [], ...options }: Partial<ProxyCommandOptions> & Pick<ProxyCommandOptions, "dir">,
): Promise<Outcome> {
  return await runProxyToExit(
    ["run", "--ca-dir", options.dir.join("ca"), ...args, "--", ...command],
    options,
  );
}
