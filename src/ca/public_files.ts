/**
 * The files in the folder that a container may mount. A careless operator mounts it writable, so
 * nothing here follows a link, waits on a FIFO, or trusts what it reads.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { chmod, type FileHandle, mkdir, open } from "node:fs/promises";
import { createFile, replaceFile } from "./atomic_file.ts";
import { CaError } from "./ca_error.ts";
import { fileErrorCode, fileFailure } from "../secrets/file_failure.ts";

/**
 * Readable by all whatever the umask is: whoever reads them in a container has another user id.
 */
const publicFile = { mode: 0o644 } as const;
const publicFolder = 0o755;
/** The largest root bundles are a quarter of this. */
const largestFile = 4 * 1_048_576;

/**
 * Makes the folder, mode 0755, unless it is there.
 *
 * @throws {CaError} If it cannot be made.
 */
export async function ensurePublicFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: publicFolder });
    if (Deno.build.os !== "windows") await chmod(path, publicFolder);
  } catch (error) {
    if (fileErrorCode(error) === "EEXIST") return;
    throw new CaError(
      `Cannot create the folder ${JSON.stringify(path)}: ${fileFailure(error)}; ` +
        "make its parent writable, or choose another --ca-dir",
      { cause: error },
    );
  }
}

/**
 * Reads a file of the public folder as text.
 *
 * @returns `undefined` if there is none.
 * @throws {CaError} If it cannot be read, is not a regular file, or is over 4 MiB.
 */
export async function readPublicFile(path: string): Promise<string | undefined> {
  return (await readBytes(path))?.toString("utf8");
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  const name = JSON.stringify(path);
  let file: FileHandle;
  try {
    // The flags are 0 on Windows, which has neither.
    const flags = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    file = await open(path, constants.O_RDONLY | flags);
  } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return undefined;
    throw new CaError(`Cannot read ${name}: ${fileFailure(error)}; mend or remove it`, {
      cause: error,
    });
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      throw new CaError(`Cannot read ${name}: it is not a regular file; remove it`);
    }
    if (found.size > largestFile) {
      throw new CaError(`Cannot read ${name}: it is larger than 4 MiB; remove it`);
    }
    return await file.readFile();
  } catch (error) {
    if (error instanceof CaError) throw error;
    throw new CaError(`Cannot read ${name}: ${fileFailure(error)}`, { cause: error });
  } finally {
    await file.close();
  }
}

/**
 * Puts `text` at `path` in one step unless there is something already.
 *
 * @throws {CaError} If it cannot be written.
 */
export async function createPublicFile(path: string, text: string): Promise<"created" | "exists"> {
  try {
    return await createFile(path, text, publicFile);
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * Puts `content` at `path` in one step, unless that is what it holds.
 *
 * @throws {CaError} If it cannot be written.
 */
export async function updatePublicFile(path: string, content: string | Uint8Array): Promise<void> {
  if (await holds(path, content)) return;
  try {
    await replaceFile(path, content, publicFile);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** What cannot be read is to be replaced, so it counts as different. */
async function holds(path: string, content: string | Uint8Array): Promise<boolean> {
  try {
    const found = await readBytes(path);
    return found !== undefined && found.equals(Buffer.from(content));
  } catch (error) {
    if (error instanceof CaError) return false;
    throw error;
  }
}

function writeError(path: string, error: unknown): CaError {
  return new CaError(
    `Cannot write ${JSON.stringify(path)}: ${fileFailure(error)}; ` +
      "make its folder writable, or choose another --ca-dir",
    { cause: error },
  );
}
