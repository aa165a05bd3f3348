import { dirname } from "node:path";
import type { TempDir } from "./temp_dir.ts";
import type { Requirement } from "./tools.ts";

/**
 * Demands Linux on x86-64 and a package with a binary for it, which is fetched into Deno's cache.
 *
 * @param specifier name and exact version, `NAME@VERSION`
 */
export function linuxX64Package(specifier: string): Requirement {
  return () => {
    const { os, arch } = Deno.build;
    if (os !== "linux" || arch !== "x86_64") return `${specifier} is for Linux on x86-64`;
    const { success } = new Deno.Command(Deno.execPath(), { args: infoArgs(specifier) })
      .outputSync();
    return success ? undefined : `${specifier} cannot be fetched`;
  };
}

/**
 * The folder of an npm package, in Deno's cache, for a test that hands it to Node.
 *
 * @param specifier name and exact version, `NAME@VERSION`
 */
export async function nodePackage(specifier: string): Promise<string> {
  const path = (await packageFolders(specifier)).get(specifier);
  if (path === undefined) throw new Error(`Cannot find ${specifier} in Deno's cache`);
  return path;
}

/**
 * Makes a node_modules in `dir` with a package and all that it needs, for a Node that is started with
 * --preserve-symlinks.
 *
 * @param specifier as above
 */
export async function linkNodeModules(dir: TempDir, specifier: string): Promise<void> {
  for (const [id, path] of await packageFolders(specifier)) {
    const link = dir.join("node_modules", id.replace(/@[^@]*$/, ""));
    await Deno.mkdir(dirname(link), { recursive: true });
    await Deno.symlink(path, link);
  }
}

/** The folders of a package and of all that it needs, by `NAME@VERSION`. */
async function packageFolders(specifier: string): Promise<Map<string, string>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: infoArgs(specifier),
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot find ${specifier}: ${decoder.decode(stderr)}`);
  const packages: Record<string, { localPath?: unknown }> =
    JSON.parse(decoder.decode(stdout)).npmPackages;
  const folders = new Map<string, string>();
  for (const [id, { localPath }] of Object.entries(packages)) {
    if (typeof localPath === "string") folders.set(id, localPath);
  }
  return folders;
}

function infoArgs(specifier: string): string[] {
  return ["info", "--json", "--no-config", "--no-lock", `npm:${specifier}`];
}
