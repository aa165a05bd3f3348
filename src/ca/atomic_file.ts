import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileErrorCode } from "../secrets/file_failure.ts";

/** What a new file gets. */
export interface FileMode {
  /** Permission bits, exactly these whatever the umask is; ignored on Windows. */
  readonly mode: number;
}

/**
 * Puts `content` at `path` in one step: a reader sees the old file or the new one, never a part.
 *
 * A symbolic link at `path` is replaced, not followed.
 *
 * @throws {Error} A `node:fs` error if the folder cannot be written.
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  options: FileMode,
): Promise<void> {
  await viaTemporaryFile(path, content, {
    ...options,
    publish: (temporary) => rename(temporary, path),
  });
}

/**
 * As {@linkcode replaceFile}, but what is already at `path` stays.
 *
 * @returns `"created"`, or `"exists"` if another process was first.
 * @throws {Error} A `node:fs` error if the folder cannot be written.
 */
export async function createFile(
  path: string,
  content: Uint8Array | string,
  options: FileMode,
): Promise<"created" | "exists"> {
  try {
    // link(2) fails if the name is taken, so of several processes exactly one wins, and what
    // appears under the name is complete. rename(2) would let the last one win.
    await viaTemporaryFile(path, content, {
      ...options,
      publish: (temporary) => link(temporary, path),
    });
    return "created";
  } catch (error) {
    if (fileErrorCode(error) === "EEXIST") return "exists";
    throw error;
  }
}

interface Publication extends FileMode {
  readonly publish: (temporary: string) => Promise<void>;
}

async function viaTemporaryFile(
  path: string,
  content: Uint8Array | string,
  options: Publication,
): Promise<void> {
  const folder = dirname(path);
  const suffix = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
  const temporary = join(folder, `.${basename(path)}.${suffix}.tmp`);
  try {
    // O_EXCL follows no symbolic link. The file is born with no more than its final bits (the
    // umask can only take some away), so there is no moment in which it is wider.
    const file = await open(temporary, "wx", options.mode);
    try {
      // fchmod, not chmod: a container that can write to the public folder could swap the name
      // for a link to the private key between two calls by path.
      if (Deno.build.os !== "windows") await file.chmod(options.mode);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await options.publish(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(folder);
}

/** Without it a power cut may forget the new name although the content is on disk. */
async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
