import assert from "node:assert/strict";
import { basename } from "node:path";
import { bundle } from "../../scripts/bundle.ts";
import { pack } from "../../scripts/pack.ts";
import { packedRunFlags } from "../../scripts/permissions.ts";
import { linkCoreutils } from "../support/bare_path.ts";
import { TempDir } from "../support/temp_dir.ts";

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Instead of the packed file itself: a link to it, a shell. */
  readonly command?: string;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The stand-in, packed, with an empty folder to start it in and a PATH that has coreutils alone. */
export class PackedFixture implements AsyncDisposable {
  readonly #folder: TempDir;
  /** The packed file. */
  readonly executable: string;
  readonly emptyFolder: string;
  /** The names of the bundle's modules: the one that is run, and the one that it imports lazily. */
  readonly modules: readonly string[];
  /** A PATH: links to sh and coreutils, and nothing else. */
  readonly path: string;

  private constructor(folder: TempDir, { path, modules }: { path: string; modules: string[] }) {
    this.#folder = folder;
    this.executable = folder.join("auth-proxy");
    this.emptyFolder = folder.join("empty");
    this.path = path;
    this.modules = modules.map((module) => basename(module));
  }

  static async create(): Promise<PackedFixture> {
    const folder = await TempDir.create();
    await folder.makeDir("empty");
    const standIn = new URL("stand_in.ts", import.meta.url).pathname;
    const modules = await bundle(standIn, await folder.makeDir("bundle"));
    const fixture = new PackedFixture(folder, { path: await linkCoreutils(folder), modules });
    await pack({
      output: fixture.executable,
      program: Deno.execPath(),
      modules,
      header: await Deno.readTextFile(new URL("../../scripts/pack_header.sh", import.meta.url)),
      runFlags: packedRunFlags,
      version: "0.0.0",
      platform: Deno.build.target,
    });
    return fixture;
  }

  /** A copy of what a first start has left, at `root`, as if it had been started there. */
  async copyCacheTo(root: string): Promise<void> {
    const original = this.#folder.join("cache");
    if (!await this.#isUnpacked(original)) {
      const { code, stderr } = await this.start([], { env: { AUTH_PROXY_CACHE_DIR: original } });
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await run("cp", { args: ["-a", original, root] });
    assert.equal(code, 0, stderr);
  }

  async #isUnpacked(cache: string): Promise<boolean> {
    try {
      return (await Deno.stat(cache)).isDirectory;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Runs it to its end. Nothing is in its environment but PATH and what is given. */
  start(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
    return run(options.command ?? this.executable, { args, ...this.#surroundings(options) });
  }

  /** Starts it and gives the process, whose stdout is piped. */
  spawn(args: readonly string[], options: StartOptions = {}): Deno.ChildProcess {
    return new Deno.Command(options.command ?? this.executable, {
      args: [...args],
      ...this.#surroundings(options),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  }

  #surroundings(
    options: StartOptions,
  ): { clearEnv: true; cwd: string; env: Record<string, string> } {
    return {
      clearEnv: true,
      cwd: options.cwd ?? this.emptyFolder,
      env: { PATH: this.path, ...options.env },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function run(
  command: string,
  options: { readonly args: readonly string[] } & Omit<Deno.CommandOptions, "args">,
): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    ...options,
    args: [...options.args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
