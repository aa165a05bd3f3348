import { join } from "node:path";

/** A private folder that is removed, with all that is in it, when its scope ends. */
export class TempDir implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<TempDir> {
    return new TempDir(await Deno.makeTempDir({ prefix: "auth-proxy-test-" }));
  }

  /** The path of `name` in this folder. */
  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes `text` to `name`, for the owner alone unless `mode` says otherwise; gives the path. */
  async write(name: string, text: string, options: { mode?: number } = {}): Promise<string> {
    const path = this.join(name);
    const mode = options.mode ?? 0o600;
    await Deno.writeTextFile(path, text, { mode });
    await Deno.chmod(path, mode);
    return path;
  }

  async makeDir(name: string): Promise<string> {
    const path = this.join(name);
    await Deno.mkdir(path, { recursive: true });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
