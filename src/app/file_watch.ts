import { join } from "node:path";
import { fileState } from "../secrets/file_state.ts";

/** How often files are looked at, in milliseconds: a change has to be in force within a second. */
const POLL_INTERVAL = 150;
/** For so many looks a file that is being written to is left alone. */
const LONGEST_WRITING = 3;

/** What is looked at. */
export interface WatchedFiles {
  readonly paths: readonly string[];
  /** All files in them count. */
  readonly folders: readonly string[];
}

/**
 * Looks whether any of some files and folders has changed.
 *
 * It polls: a watch on a file that is replaced, on a network file system or in a mounted volume, can
 * miss the change, and what would be missed is a revocation. A file that is replaced by renaming is
 * whole at once; one that is written to in place may be half written, and one that is gone about to be
 * made anew, so those have to be the same in two looks before they count as changed.
 */
export class FileWatch {
  readonly #onChange: () => Promise<void>;
  #paths: readonly string[] = [];
  #folders: readonly string[] = [];
  /** The states that were taken notice of. */
  #seen: ReadonlyMap<string, string> = new Map();
  /** The states of the last look, if they are others. */
  #unsettled: ReadonlyMap<string, string> | undefined;
  #writing = 0;
  #looking = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onChange Is waited for before the next look. */
  constructor(onChange: () => Promise<void>) {
    this.#onChange = onChange;
  }

  /** Begins to look, until {@linkcode close}. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), POLL_INTERVAL);
    Deno.unrefTimer(this.#timer);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /**
   * The states of these files, and of what is in these folders: to be taken before they are read, so
   * that what changes while they are is seen as a change.
   */
  static async statesOf(
    { paths, folders }: WatchedFiles,
  ): Promise<ReadonlyMap<string, string>> {
    const inFolders = await Promise.all(folders.map(filesIn));
    const all = [...new Set([...paths, ...folders, ...inFolders.flat()])];
    const states = await Promise.all(all.map(fileState));
    return new Map(all.map((path, index) => [path, states[index] ?? ""]));
  }

  /** The same states, with those of what they do not tell of as they are now. */
  static async statesSince(
    seen: ReadonlyMap<string, string>,
    what: WatchedFiles,
  ): Promise<ReadonlyMap<string, string>> {
    const states = await FileWatch.statesOf(what);
    return new Map([...states].map(([path, state]) => [path, seen.get(path) ?? state]));
  }

  /** Says what to look at from now on, and in which states it has been read. */
  watch(
    what: WatchedFiles,
    seen: ReadonlyMap<string, string>,
  ): void {
    this.#paths = what.paths;
    this.#folders = what.folders;
    this.#seen = seen;
    this.#unsettled = undefined;
    this.#writing = 0;
  }

  /** Looks once, unless it is looking already. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const states = await FileWatch.statesOf({ paths: this.#paths, folders: this.#folders });
      if (isSame(states, this.#seen)) {
        this.#unsettled = undefined;
        this.#writing = 0;
      } else if (this.#isWhole(states)) await this.#onChange();
      else this.#unsettled = states;
    } finally {
      this.#looking = false;
    }
  }

  #isWhole(states: ReadonlyMap<string, string>): boolean {
    if (this.#unsettled !== undefined && isSame(states, this.#unsettled)) return true;
    const isWhole =
      [...states].every(([path, state]) =>
        !isWrittenTo(this.#seen.get(path), state) && !isGone(this.#seen.get(path), state)
      ) && [...this.#seen.keys()].every((path) => states.has(path));
    if (isWhole) return true;
    this.#writing++;
    return this.#writing > LONGEST_WRITING;
  }
}

/** The same file with another content: the device and number are those that it had. */
function isWrittenTo(before: string | undefined, after: string): boolean {
  return before !== undefined && before !== after && before.split(" ")[0] === after.split(" ")[0];
}

/** It may be about to be made anew. */
function isGone(before: string | undefined, after: string): boolean {
  return before !== after && after === "ENOENT";
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => join(folder, name));
  } catch {
    // Its own state tells.
    return [];
  }
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, state]) => b.get(path) === state);
}
