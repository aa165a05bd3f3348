/**
 * The command that starts the proxy under test, and the environment that it is started in.
 *
 * From source by default, with exactly the permissions of the task `start`; the packed executable
 * that AUTH_PROXY_BIN names, from an empty folder, if that is set.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { linkCoreutils } from "./bare_path.ts";
import type { TempDir } from "./temp_dir.ts";

export interface ProxyCommandOptions {
  readonly args: readonly string[];
  /** Variables on top of the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the process runs and has its home. */
  readonly dir: TempDir;
  /** Put before the command, which it ends in executing: `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
}

/** The command, with its output piped, ready to be spawned. */
export async function proxyCommand(options: ProxyCommandOptions): Promise<Deno.Command> {
  const [program, ...fixedArgs] = [...options.prefix ?? [], ...await programLine()];
  if (program === undefined) throw new Error("The task `start` of deno.json is empty");
  const home = await options.dir.makeDir("home");
  const cwd = await options.dir.makeDir("empty");
  return new Deno.Command(program, {
    args: [...fixedArgs, ...options.args],
    cwd,
    clearEnv: true,
    env: { ...await surroundings(options.dir), HOME: home, ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function programLine(): Promise<string[]> {
  const binary = executable();
  if (binary !== undefined) return [binary];
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

/**
 * The executable finds sh and coreutils and nothing else; the unpacked files are shared by all tests.
 * From source, the child finds the modules that are cached already, though it has another home.
 */
async function surroundings(dir: TempDir): Promise<Record<string, string>> {
  if (executable() !== undefined) {
    const cache = Deno.env.get("AUTH_PROXY_CACHE_DIR");
    return {
      PATH: await linkCoreutils(dir),
      ...(cache === undefined ? {} : { AUTH_PROXY_CACHE_DIR: cache }),
    };
  }
  const home = Deno.env.get("HOME") ?? "";
  return {
    PATH: Deno.env.get("PATH") ?? "",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${home}/.cache/deno`,
  };
}

function executable(): string | undefined {
  return Deno.env.get("AUTH_PROXY_BIN") || undefined;
}
