import type { Problem } from "./problem.ts";

/** The text of a file, and whether other users may read it; or why it cannot be had. */
export type ReadText =
  | { readonly text: string; readonly openToOthers: boolean }
  | { readonly message: string };

const READ_BY_OTHERS = 0o044;
const READ_BY_ALL = 0o004;

/**
 * Reads a file or a pipe as UTF-8.
 *
 * @param limit The most bytes that it may have.
 */
export async function readTextFile(path: string, limit: number): Promise<ReadText> {
  try {
    using file = await Deno.open(path, { read: true });
    const found = await file.stat();
    const { isDirectory, isFile } = found;
    if (isDirectory) return { message: "it is a folder, name a file" };
    const bytes = await readUpTo(file, limit + 1);
    if (bytes.length > limit) {
      return { message: `it is longer than ${limit / 1024} KiB; is it the right file?` };
    }
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, openToOthers: isFile && isOpen(found) };
  } catch (error) {
    if (error instanceof TypeError) return { message: "it is not UTF-8 text; save it as UTF-8" };
    return { message: fileFailure(error) };
  }
}

/**
 * Reads a regular file, or one that a link leads to. Anything else is not even opened: a pipe that
 * nobody writes to would be waited for.
 */
export async function readRegularFile(path: string, limit: number): Promise<ReadText> {
  try {
    if (!(await Deno.stat(path)).isFile) return { message: "it is no regular file" };
  } catch (error) {
    return { message: fileFailure(error) };
  }
  return await readTextFile(path, limit);
}

/** Reads a small file at once, for the start alone. */
export function readSmallFile(path: string): { text: string } | { message: string } {
  try {
    return { text: Deno.readTextFileSync(path) };
  } catch (error) {
    return { message: fileFailure(error) };
  }
}

/** Reads a small file at once; what goes wrong is for the operator to read. */
export function readText(path: string): string | Problem {
  const read = readSmallFile(path);
  return "text" in read ? read.text : { where: path, message: read.message };
}

/** Says why a file or folder cannot be read, and what to do about it. */
export function fileFailure(error: unknown): string {
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
function isOpen({ mode, uid }: Deno.FileInfo): boolean {
  if (Deno.build.os === "windows" || mode === null) return false;
  // Root gave it to a group, as Kubernetes does with a Secret for a pod with an fsGroup.
  const ofGroup = uid === 0 && Deno.uid() !== 0;
  return (mode & (ofGroup ? READ_BY_ALL : READ_BY_OTHERS)) !== 0;
}
