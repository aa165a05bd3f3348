/**
 * A disk that is full soon: a tmpfs of 64 KiB (Linux, root).
 *
 * @module
 */

import { TempDir } from "./temp_dir.ts";
import type { Requirement } from "./tools.ts";

export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  readonly #dir: TempDir;

  private constructor(dir: TempDir, path: string) {
    this.#dir = dir;
    this.path = path;
  }

  static async create(): Promise<SmallDisk> {
    const dir = await TempDir.create();
    const path = await dir.makeDir("disk");
    try {
      await mount(["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", path]);
    } catch (error) {
      await dir[Symbol.asyncDispose]();
      throw error;
    }
    return new SmallDisk(dir, path);
  }

  /** Takes all the room but `octets` of it. */
  async fill(options: { octets: number }): Promise<void> {
    await Deno.writeFile(`${this.path}/filler`, new Uint8Array(size - options.octets));
  }

  /** Gives the room back. */
  async clear(): Promise<void> {
    await Deno.remove(`${this.path}/filler`);
  }

  /** Makes it a disk of 32 MiB. */
  async grow(): Promise<void> {
    await mount(["-o", "remount,size=32m", this.path]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("umount", { args: [this.path] }).output();
    await this.#dir[Symbol.asyncDispose]();
  }
}

const size = 65_536;

async function mount(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("mount", { args }).output();
  if (!success) throw new Error(`Cannot mount a tmpfs: ${new TextDecoder().decode(stderr)}`);
}

/** Demands the right to mount: root in a container may lack it. */
export const smallDisks: Requirement = () => {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it takes root on Linux";
  const probe = Deno.makeTempDirSync({ prefix: "auth-proxy-test-" });
  try {
    const mounted = new Deno.Command("mount", { args: ["-t", "tmpfs", "tmpfs", probe] })
      .outputSync().success;
    if (mounted) new Deno.Command("umount", { args: [probe] }).outputSync();
    return mounted ? undefined : "mounting is not permitted";
  } finally {
    Deno.removeSync(probe);
  }
};
