/**
 * Which of the programs that tests want are on this machine.
 *
 * @module
 */

import { delimiter, join } from "node:path";

/** A reason to skip a test, or undefined: something that a test needs beside a program. */
export type Requirement = () => string | undefined;

/** The path of program `name`, or undefined. */
export function findTool(name: string): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  }
  return undefined;
}

/** Whether there is a file at `path`, which may be a link to one. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Demands program `name`. */
export function tool(name: string): Requirement {
  return () => findTool(name) === undefined ? `${name} is not installed` : undefined;
}

/** The distribution's Python, whose packages are the distribution's. */
export const python = "/usr/bin/python3";

/** Demands that {@linkcode python} can import `module`. */
export function pythonModule(module: string): Requirement {
  return () => {
    try {
      const { success } = new Deno.Command(python, { args: ["-c", `import ${module}`] })
        .outputSync();
      return success ? undefined : `${python} has no module ${module}`;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return `${python} is not installed`;
      throw error;
    }
  };
}

/** `Deno.test`, or a skipped test that says in its name what is missing. */
export function testWith(
  name: string,
  options: {
    readonly needs: readonly Requirement[];
    readonly fn: (test: Deno.TestContext) => Promise<void>;
  },
): void {
  const missing = options.needs.map((check) => check()).filter((reason) => reason !== undefined);
  const suffix = missing.length > 0 ? ` (skipped: ${missing.join(", ")})` : "";
  Deno.test({ name: name + suffix, ignore: missing.length > 0, fn: options.fn });
}
