import { fileFailure } from "../secrets/file_failure.ts";
import { PrivateFileError } from "./private_files.ts";

/**
 * Waits until nobody else holds the lock, and holds it until it is disposed of. The file stays; the
 * system lets go of the lock of a process that dies.
 *
 * @throws {PrivateFileError} If the file cannot be made or locked.
 */
export async function fileLock(path: string): Promise<Disposable> {
  try {
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      await file.lock(true);
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  } catch (error) {
    throw new PrivateFileError(`Cannot lock ${JSON.stringify(path)}: ${fileFailure(error)}`, {
      cause: error,
    });
  }
}
