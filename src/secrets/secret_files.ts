import type { Problem } from "./problem.ts";
import { variableOfFile } from "./secret_file_names.ts";
import type { SecretsDir, SecretTexts } from "./secret_store.ts";

/** Which files to read, in the order in which they were given. */
export interface SecretPaths {
  /** `--env-file`: regular files and pipes. */
  readonly envFiles: readonly string[];
  /** `--secrets-dir`. */
  readonly secretsDirs: readonly string[];
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
const READ_BY_OTHERS = 0o044;

/** Reads env files and folders of secrets; their texts go to `loadSecrets`. */
export async function readSecretFiles(paths: SecretPaths): Promise<SecretFiles> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const envFiles: { path: string; text: string }[] = [];
  for (const path of paths.envFiles) {
    const read = await readText(path, ENV_FILE_LIMIT);
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
  return { texts: { envFiles, secretsDirs }, problems, warnings };
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
    problems.push({ where, message: `Cannot read the folder: ${reasonOf(error)}` });
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

type ReadText = { text: string; openToOthers: boolean } | { message: string };

/**
 * Reads a folder's entry if it is a file, or a link to one: a Kubernetes volume is made of links
 * into a hidden folder. Anything else, such as a pipe, is not even opened.
 */
async function readSecretFile(path: string): Promise<ReadText | undefined> {
  try {
    if (!(await Deno.stat(path)).isFile) return undefined;
  } catch (error) {
    return { message: reasonOf(error) };
  }
  return await readText(path, SECRET_FILE_LIMIT);
}

async function readText(path: string, limit: number): Promise<ReadText> {
  try {
    using file = await Deno.open(path, { read: true });
    const { isDirectory, mode, isFile } = await file.stat();
    if (isDirectory) return { message: "it is a folder, name a file" };
    const bytes = await readUpTo(file, limit + 1);
    if (bytes.length > limit) {
      return { message: `it is longer than ${limit / 1024} KiB; is it the right file?` };
    }
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, openToOthers: isFile && isOpen(mode) };
  } catch (error) {
    if (error instanceof TypeError) return { message: "it is not UTF-8 text; save it as UTF-8" };
    return { message: reasonOf(error) };
  }
}

async function readUpTo(file: Deno.FsFile, limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const count = await file.read(buffer.subarray(length));
    if (count === null) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** On Windows a mode says nothing of who may read a file. */
function isOpen(mode: number | null): boolean {
  return Deno.build.os !== "windows" && mode !== null && (mode & READ_BY_OTHERS) !== 0;
}

/** A file in a folder that others may not enter is out of their reach, whatever its own mode. */
async function isOpenFolder(path: string): Promise<boolean> {
  const { mode } = await Deno.stat(path);
  return mode === null || (mode & 0o011) !== 0;
}

function joinPath(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder; is the path right?";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied; let this user read it";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "this process was started without permission to read it";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder, name a file";
  if (error instanceof Deno.errors.NotADirectory) return "it is no folder, name a folder";
  if (error instanceof Deno.errors.FilesystemLoop) return "its symbolic links form a loop";
  return error instanceof Error ? error.message : "unknown failure";
}
