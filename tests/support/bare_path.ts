import type { TempDir } from "./temp_dir.ts";

/** What the packed executable may call, besides the shell itself. */
const coreutils = [
  "chmod",
  "dd",
  "head",
  "id",
  "mkdir",
  "mktemp",
  "mv",
  "rm",
  "sha256sum",
  "stat",
  "tail",
];

/** Makes a folder to be the whole PATH: links to sh and coreutils, and nothing else. */
export async function linkCoreutils(dir: TempDir): Promise<string> {
  const path = await dir.makeDir("bin");
  for (const name of ["sh", ...coreutils]) {
    await Deno.symlink(await locate(name), `${path}/${name}`);
  }
  return path;
}

async function locate(name: string): Promise<string> {
  const { success, stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `command -v ${name}`],
  }).output();
  if (!success) throw new Error(`${name} is not on PATH`);
  return new TextDecoder().decode(stdout).trim();
}
