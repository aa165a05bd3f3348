import { stat } from "node:fs/promises";
import { fileErrorCode } from "./file_failure.ts";

/**
 * A text that is another one as soon as a file or folder, or what a link leads to, has been replaced,
 * written to or given to somebody else; what reading it brings is for the reader to find out.
 */
export async function fileState(path: string): Promise<string> {
  try {
    const found = await stat(path);
    // A pipe is another one with each write, and cannot be read twice.
    if (!found.isFile() && !found.isDirectory()) return "neither file nor folder";
    const { ino, dev, size, mtimeMs, mode, uid } = found;
    return `${dev}:${ino} ${size} ${mtimeMs} ${mode} ${uid}`;
  } catch (error) {
    return fileErrorCode(error) ?? String(error);
  }
}
