import { join } from "node:path";
import type { PrivateState, StateChange } from "../secrets/private_state.ts";
import { fileLock } from "./file_lock.ts";
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from "./private_files.ts";

/** States as files of the private folder: `state-NAME.json`. */
export class PrivateStateFolder implements PrivateState {
  readonly #folder: string;

  constructor(privateFolder: string) {
    this.#folder = privateFolder;
  }

  async update<T>(
    name: string,
    change: (text: string | undefined) => Promise<StateChange<T>>,
  ): Promise<T> {
    await ensurePrivateFolder(this.#folder);
    const path = join(this.#folder, `state-${name}.json`);
    using _lock = await fileLock(join(this.#folder, `state-${name}.lock`));
    const { text, result } = await change(await readPrivateFile(path));
    if (text !== undefined) await writePrivateFile(path, text);
    return result;
  }
}
