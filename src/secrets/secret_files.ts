import type { Problem } from "./problem.ts";
import { variableOfFile } from "./secret_file_names.ts";
import type { SecretSpec } from "./secret_spec.ts";
import type { NamedFile, SecretsDir, SecretTexts } from "./secret_texts.ts";
import { fileFailure, readRegularFile, type ReadText, readTextFile } from "./text_file.ts";

/** Which files to read, in the order in which they were given. */
export interface SecretPaths {
  /** `--env-file`: regular files and pipes. */
  readonly envFiles: readonly string[];
  /** `--secrets-dir`. */
  readonly secretsDirs: readonly string[];
  /** `secrets:`; none if absent. */
  readonly secrets?: ReadonlyMap<string, SecretSpec>;
  /** Whether they have been read before: what came through a pipe does not come again. */
  readonly again?: boolean;
  /** Whether anything may ask for this variable: other files of a folder are not opened. */
  readonly isWanted: (variable: string) => boolean;
}

export interface SecretFiles {
  readonly texts: Required<Omit<SecretTexts, "environment">>;
  /** What could not be read. */
  readonly problems: readonly Problem[];
  /** What was read but should be mended. */
  readonly warnings: readonly Problem[];
}

/** Longest env file, in bytes. */
const ENV_FILE_LIMIT = 1024 * 1024;
/** Longest file of a secrets folder, in bytes: no credential that fits a header field is longer. */
const SECRET_FILE_LIMIT = 64 * 1024;

/** Reads env files and folders of secrets; their texts go to `loadSecrets`. */
export async function readSecretFiles(paths: SecretPaths): Promise<SecretFiles> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const envFiles: { path: string; text: string }[] = [];
  for (const path of paths.envFiles) {
    const read = paths.again === true && await isSpecial(path)
      ? { message: "it is a pipe, which cannot be read again; restart the proxy, or use a file" }
      : await readTextFile(path, ENV_FILE_LIMIT);
    if ("message" in read) {
      problems.push({ where: `--env-file ${path}`, message: `Cannot read it: ${read.message}` });
      continue;
    }
    envFiles.push({ path, text: read.text });
    if (read.openToOthers) {
      warnings.push({
        where: `--env-file ${path}`,
        message: `Other users of this machine may read it: chmod 600 ${path}`,
      });
    }
  }
  const secretsDirs: SecretsDir[] = [];
  for (const path of paths.secretsDirs) {
    const dir = await readSecretsDir(path, paths.isWanted);
    secretsDirs.push({ path, files: dir.files });
    problems.push(...dir.problems);
    warnings.push(...dir.warnings);
  }
  const namedFiles = new Map<string, NamedFile>();
  for (const [name, spec] of paths.secrets ?? []) {
    if (spec.kind !== "file") continue;
    const { path } = spec;
    const read = await readRegularFile(path, SECRET_FILE_LIMIT);
    namedFiles.set(name, { path, ...read });
    if ("text" in read && read.openToOthers) {
      const message = `Other users of this machine may read it: chmod 600 ${path}`;
      warnings.push({ where: `the secret ${name}`, message });
    }
  }
  return { texts: { envFiles, secretsDirs, namedFiles }, problems, warnings };
}

async function isSpecial(path: string): Promise<boolean> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    return !isFile && !isDirectory;
  } catch {
    // Reading it tells why.
    return false;
  }
}

async function readSecretsDir(
  path: string,
  isWanted: (variable: string) => boolean,
): Promise<{ files: SecretsDir["files"]; problems: Problem[]; warnings: Problem[] }> {
  const where = `--secrets-dir ${path}`;
  const files: { name: string; path: string; text: string }[] = [];
  const problems: Problem[] = [];
  const open: string[] = [];
  let names: string[] = [];
  try {
    names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
  } catch (error) {
    problems.push({ where, message: `Cannot read the folder: ${fileFailure(error)}` });
  }
  for (const name of names) {
    const variable = variableOfFile(name);
    if (variable === undefined || !isWanted(variable)) continue;
    const file = joinPath(path, name);
    const read = await readSecretFile(file);
    if (read === undefined) continue;
    if ("message" in read) {
      problems.push({ where, message: `Cannot read ${name}: ${read.message}` });
      continue;
    }
    files.push({ name, path: file, text: read.text });
    if (read.openToOthers) open.push(name);
  }
  const exposed = open.length > 0 && await isOpenFolder(path);
  const message = `Other users of this machine may read ${open.join(", ")}: chmod 700 ${path}`;
  return { files, problems, warnings: exposed ? [{ where, message }] : [] };
}

/**
 * Reads a folder's entry if it is a file, or a link to one: a Kubernetes volume is made of links
 * into a hidden folder. Anything else, such as a pipe, is not even opened.
 */
async function readSecretFile(path: string): Promise<ReadText | undefined> {
  try {
    if (!(await Deno.stat(path)).isFile) return undefined;
  } catch (error) {
    return { message: fileFailure(error) };
  }
  return await readTextFile(path, SECRET_FILE_LIMIT);
}

/** A file in a folder that others may not enter is out of their reach, whatever its own mode. */
async function isOpenFolder(path: string): Promise<boolean> {
  const { mode } = await Deno.stat(path);
  return mode === null || (mode & 0o011) !== 0;
}

function joinPath(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}
