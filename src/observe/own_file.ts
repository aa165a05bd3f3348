import { dirname } from "node:path";
import { fileErrorCode } from "../secrets/file_failure.ts";

/** A file that is not ours to write to; `message` says in a few words what it is instead. */
export class ForeignFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ForeignFileError";
  }
}

/**
 * Opens a file of this user's for appending and reading, or makes it with mode 0600 (a missing folder
 * with 0700).
 *
 * A symbolic link is not followed: whoever may write to the folder could have our lines, and with them
 * our rights, led to another file.
 *
 * @throws {ForeignFileError} If it is a link, not a regular file, or another user's.
 * @throws {Error} A file system error of Deno's.
 */
export async function openOwnFile(path: string): Promise<Deno.FsFile> {
  try {
    return await create(path);
  } catch (error) {
    if (fileErrorCode(error) === "ENOENT") {
      await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return await create(path);
    }
    if (fileErrorCode(error) !== "EEXIST") throw error;
  }
  // Before it is opened, as opening a FIFO or a device has effects of its own.
  requireOwn(await Deno.lstat(path));
  const file = await Deno.open(path, { append: true, read: true });
  try {
    // And after, as the name may have been given to something else in between.
    if (!isSameFile(await file.stat(), await Deno.lstat(path))) {
      throw new ForeignFileError("it was exchanged while it was opened");
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Whether both are the same file, under whatever names. */
export function isSameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** `createNew` is O_EXCL: it follows no link, not even one that leads nowhere. */
function create(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { append: true, read: true, createNew: true, mode: 0o600 });
}

function requireOwn(found: Deno.FileInfo): void {
  if (found.isSymlink) throw new ForeignFileError("it is a symbolic link");
  if (!found.isFile) throw new ForeignFileError("it is not a regular file");
  if (found.uid !== null && found.uid !== Deno.uid()) {
    throw new ForeignFileError(`it belongs to user ${found.uid}`);
  }
}
