import { fileErrorCode, fileFailure } from "../secrets/file_failure.ts";
import type { LineTarget, Written } from "./line_target.ts";
import type { Log } from "./log.ts";
import { ForeignFileError, isSameFile, openOwnFile } from "./own_file.ts";

export interface RotatingFileOptions {
  /** Octets that the file may have before it is renamed to `PATH.1`, and a new one is begun. */
  readonly maxBytes: number;
  /** How many renamed files are kept, `PATH.1` being the youngest. */
  readonly keep: number;
  readonly log: Log;
  /** A clock that never goes back, in milliseconds. */
  readonly clock: () => number;
}

const LF = 0x0a;
/** How often it is checked whether the file is still there, in milliseconds. */
const checkInterval = 1000;
/** How long after a failed rotation the next one is tried, in milliseconds. */
const rotationPause = 10_000;

/**
 * A file of lines that is renamed when it is full.
 *
 * Other processes may write to it, rotate it or move it away: lines are appended in whole batches
 * (O_APPEND), the rotation is done by whoever has the lock, and a file that is no longer what the path
 * names is left for the new one.
 */
export class RotatingFile implements LineTarget {
  readonly #path: string;
  readonly #options: RotatingFileOptions;
  #file: Deno.FsFile | undefined;
  /** What others append since the last check is not in it. */
  #size = 0;
  #checkedAt = 0;
  #rotateAfter = -Infinity;

  constructor(path: string, options: RotatingFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Opens the file, so that what is wrong with it is known from the start.
   *
   * @throws {ForeignFileError} If it is not ours to write to.
   * @throws {Error} A file system error of Deno's.
   */
  async open(): Promise<void> {
    await this.#ready(0);
  }

  async write(lines: Uint8Array): Promise<Written> {
    let octets = 0;
    try {
      const file = await this.#ready(lines.length);
      while (octets < lines.length) octets += await file.write(lines.subarray(octets));
      this.#size += octets;
      return { octets };
    } catch (error) {
      const whole = octets === 0 ? 0 : lines.lastIndexOf(LF, octets - 1) + 1;
      await this.#takeBack(octets - whole);
      // Whatever it was, a file that is opened anew is the better one to go on with.
      this.close();
      const failure = error instanceof ForeignFileError ? error.message : fileFailure(error);
      return { octets: whole, failure };
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #ready(incoming: number): Promise<Deno.FsFile> {
    const now = this.#options.clock();
    if (this.#file !== undefined && now - this.#checkedAt >= checkInterval) {
      await this.#check(this.#file, now);
    }
    let file = this.#file ?? await this.#openFile();
    const isFull = this.#size > 0 && this.#size + incoming > this.#options.maxBytes;
    if (isFull && now >= this.#rotateAfter && await this.#rotate(file)) {
      this.close();
      file = await this.#openFile();
    }
    return file;
  }

  /** Closes the file if the path names another by now, or none. */
  async #check(file: Deno.FsFile, now: number): Promise<void> {
    this.#checkedAt = now;
    const info = await file.stat();
    this.#size = info.size;
    if (!await this.#isAtPath(info)) this.close();
  }

  async #openFile(): Promise<Deno.FsFile> {
    const file = await openOwnFile(this.#path);
    try {
      this.#size = (await file.stat()).size;
      this.#checkedAt = this.#options.clock();
      if (this.#size > 0) await endLastLine(file);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file = file;
    return file;
  }

  /**
   * Renames the files, unless another process was first.
   *
   * @returns Whether a new file is to be opened. If it cannot be done the old one goes on growing: a
   *   log that is too long is better than none.
   */
  async #rotate(file: Deno.FsFile): Promise<boolean> {
    try {
      // Two processes that rename at once would write one old file over another.
      await file.lock(true);
      try {
        if (await this.#isAtPath(await file.stat())) await this.#renameAll();
        return true;
      } finally {
        await file.unlock();
      }
    } catch (error) {
      this.#rotateAfter = this.#options.clock() + rotationPause;
      this.#options.log.warn("cannot begin a new audit file", {
        file: this.#path,
        reason: fileFailure(error),
      });
      return false;
    }
  }

  async #renameAll(): Promise<void> {
    const { keep } = this.#options;
    if (keep === 0) return await Deno.remove(this.#path);
    for (let number = keep - 1; number > 0; number--) {
      await Deno.rename(`${this.#path}.${number}`, `${this.#path}.${number + 1}`).catch((error) => {
        if (fileErrorCode(error) !== "ENOENT") throw error;
      });
    }
    await Deno.rename(this.#path, `${this.#path}.1`);
  }

  async #isAtPath(info: Deno.FileInfo): Promise<boolean> {
    try {
      return isSameFile(info, await Deno.lstat(this.#path));
    } catch {
      return false;
    }
  }

  /** Cuts the piece of a line off that was written before the disk was full, if it is the last. */
  async #takeBack(octets: number): Promise<void> {
    const file = this.#file;
    if (octets === 0 || file === undefined) return;
    try {
      const end = await file.seek(0, Deno.SeekMode.Current);
      if ((await file.stat()).size === end) await file.truncate(end - octets);
    } catch {
      // It stays, and is ended as a line of its own when the file is opened again.
    }
  }
}

/** Whoever wrote the last line may have died over it; ours must not be glued to it. */
async function endLastLine(file: Deno.FsFile): Promise<void> {
  const last = new Uint8Array(1);
  await file.seek(-1, Deno.SeekMode.End);
  if (await file.read(last) === 1 && last[0] !== LF) await file.write(Uint8Array.of(LF));
}
