import { parseJsonObject, textAt } from "./json_value.ts";
import { RenewalError } from "./renewable.ts";
import { dropFinalNewline } from "./secret.ts";
import { isLive, type SecretSpec } from "./secret_spec.ts";
import type { NamedFile, RawVariable } from "./secret_texts.ts";

/**
 * Puts the secrets that the configuration names among the variables, as far as they are read with them:
 * each takes the place of a variable of its name, whether it is there or not.
 *
 * @param options `variables` is added to.
 * @returns Those that are not there, and why: for everyone to read, so without a path.
 */
export function readNamedSecrets(
  specs: ReadonlyMap<string, SecretSpec>,
  { variables, files }: {
    variables: Map<string, RawVariable>;
    files: ReadonlyMap<string, NamedFile>;
  },
): ReadonlyMap<string, string> {
  const missing = new Map<string, string>();
  const found = new Map<string, RawVariable>();
  for (const [name, spec] of specs) {
    if (isLive(spec)) continue;
    const value = spec.kind === "env"
      ? variables.get(spec.variable) ?? `${spec.variable} is not set`
      : readFile(files.get(name), spec.key);
    if (typeof value === "string") missing.set(name, `the secret ${name} is missing: ${value}`);
    else found.set(name, value);
  }
  for (const name of specs.keys()) variables.delete(name);
  for (const [name, value] of found) variables.set(name, value);
  return missing;
}

function readFile(file: NamedFile | undefined, key: string | undefined): RawVariable | string {
  if (file === undefined) return "its file has not been read";
  if ("message" in file) return `its file cannot be read: ${file.message}`;
  const source = file.path;
  if (key === undefined) return { text: dropFinalNewline(file.text), source };
  try {
    const what = "its file";
    return { text: textAt(parseJsonObject(file.text, what), { key, what }), source };
  } catch (error) {
    if (!(error instanceof RenewalError)) throw error;
    return error.message;
  }
}
