/**
 * The command that starts the proxy under test, and the environment that it is started in.
 *
 * From source by default, with exactly the permissions of the task `start`; the packed executable
 * that AUTH_PROXY_BIN names, from an empty folder, if that is set.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { TempDir } from "./temp_dir.ts";

export interface ProxyCommandOptions {
  readonly args: readonly string[];
  /** Variables on top of the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the process runs and has its home. */
  readonly dir: TempDir;
}

/** The command, with its output piped, ready to be spawned. */
export async function proxyCommand(options: ProxyCommandOptions): Promise<Deno.Command> {
  const [program, ...fixedArgs] = await programLine();
  if (program === undefined) throw new Error("The task `start` of deno.json is empty");
  const home = await options.dir.makeDir("home");
  const cwd = await options.dir.makeDir("empty");
  return new Deno.Command(program, {
    args: [...fixedArgs, ...options.args],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, ...cacheVariable(), ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function programLine(): Promise<string[]> {
  const binary = Deno.env.get("AUTH_PROXY_BIN");
  if (binary !== undefined && binary !== "") return [binary];
  const root = new URL("../../", import.meta.url);
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const words: string[] = config.tasks.start.split(/\s+/);
  if (words[0] !== "deno" || words[1] !== "run" || words.at(-1) !== "main.ts") {
    throw new Error(`Cannot start from the task "${config.tasks.start}": not deno run … main.ts`);
  }
  const configFlag = `--config=${fileURLToPath(new URL("deno.json", root))}`;
  const main = fileURLToPath(new URL("main.ts", root));
  return [Deno.execPath(), "run", configFlag, ...words.slice(2, -1), main];
}

/** From source, the child finds the modules that are cached already; it has another home. */
function cacheVariable(): Record<string, string> {
  const home = Deno.env.get("HOME") ?? "";
  return { DENO_DIR: Deno.env.get("DENO_DIR") ?? `${home}/.cache/deno` };
}
