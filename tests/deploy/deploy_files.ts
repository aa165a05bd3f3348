/**
 * The files of deploy/, and what the program makes of the arguments in them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Command } from "commander";
import { parseAllDocuments } from "yaml";
import { defaultLimits } from "../../src/app.ts";
import { addStartOptions, type StartFlags } from "../../src/cli/start_options.ts";
import type { Config } from "../../src/config/config.ts";
import { readFlags } from "../../src/config/read_flags.ts";

const root = new URL("../../", import.meta.url);

/** The text of a file, by its path from the repository's root. */
export async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, root));
}

// deno-lint-ignore no-explicit-any -- manifests have the shape that they are checked for
export type Manifest = any;

/** The documents of a YAML file, which must be well-formed. */
export function documentsIn(text: string): Manifest[] {
  return parseAllDocuments(text, { merge: false }).map((document) => {
    assert.deepEqual(document.errors, [], text);
    return document.toJS();
  });
}

/** What `auth-proxy ARGUMENTS` would run with; throws if there is anything wrong with them. */
export function configOf(args: readonly string[]): Config {
  const command = addStartOptions(new Command()).exitOverride().allowExcessArguments(false);
  command.configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  const { config, problems } = readFlags(command.opts<StartFlags>(), {
    defaultLimits,
    defaultCaDir: "/default",
  });
  assert.deepEqual(problems, []);
  return config;
}
