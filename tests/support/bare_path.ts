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

/** A folder to be the whole PATH: links to sh and coreutils, and nothing else. */
export async function linkCoreutils(dir: TempDir): Promise<string> {
  const path = await dir.makeDir("bin");
  for (const name of ["sh", ...coreutils]) {
    await Deno.symlink(await locate(name), `${path}/${name}`).catch((error) => {
      // Another command that runs in this folder has made it.
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
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
