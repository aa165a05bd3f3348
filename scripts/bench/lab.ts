/**
 * Where a benchmark happens: a private folder, and every process that it starts. When the lab closes,
 * for whatever reason, neither is left.
 *
 * @module
 */

import { join } from "node:path";
import { processTree, readProcesses } from "./process_cpu.ts";

/** How long a process may take to start, and to stop before it is killed. */
const startTimeoutMs = 30_000;
const stopTimeoutMs = 3_000;

/** A program that runs until it is stopped. */
export interface Service extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** What it has written to stdout and stderr so far. */
  output(): string;
  stop(): Promise<void>;
}

/** What to start. */
export interface ServiceOptions {
  readonly command: readonly string[];
  /** Says whether the service is up; called until it is. */
  readonly isReady: (service: Service) => boolean | Promise<boolean>;
}

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
}

export class Lab implements AsyncDisposable {
  readonly path: string;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #services = new Set<Service>();
  #folders = 0;

  private constructor(path: string, signal: AbortSignal) {
    this.path = path;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
  }

  /** @param signal Ends the tools that are running, and lets nothing new start. */
  static async create(signal: AbortSignal): Promise<Lab> {
    const path = await Deno.makeTempDir({ prefix: "auth-proxy-bench-" });
    // Squid and nginx change to users of their own, who must be able to pass through.
    await Deno.chmod(path, 0o711);
    return new Lab(path, signal);
  }

  /** The path of `names` in the lab's folder. */
  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  async write(name: string, text: string): Promise<string> {
    const path = this.join(name);
    await Deno.writeTextFile(path, text);
    return path;
  }

  async makeDir(name: string): Promise<string> {
    const path = this.join(name);
    await Deno.mkdir(path, { recursive: true, mode: 0o755 });
    return path;
  }

  /** Makes a folder that nobody else has, and gives its name in the lab. */
  async makeFolder(prefix: string): Promise<string> {
    const name = `${prefix}-${++this.#folders}`;
    await this.makeDir(name);
    return name;
  }

  /** Starts a program and waits until it is ready. */
  async start(name: string, options: ServiceOptions): Promise<Service> {
    this.#signal.throwIfAborted();
    const log = this.join(await this.makeFolder(name), "output.log");
    const child = new Deno.Command("/bin/sh", {
      // exec, so that the child's id is the program's own.
      args: ["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log, ...options.command],
      // Not what else is in ours: tokens of the user's would give auth-proxy more rules.
      clearEnv: true,
      env: keptEnvironment(),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    const status = child.status.finally(() => ended = true);
    const service: Service = {
      name,
      pid: child.pid,
      output: () => readText(log),
      stop: async () => {
        await stopTree(child, status);
        this.#services.delete(service);
      },
      [Symbol.asyncDispose]: () => service.stop(),
    };
    this.#services.add(service);
    const deadline = Date.now() + startTimeoutMs;
    while (!(await options.isReady(service))) {
      this.#signal.throwIfAborted();
      if (ended || Date.now() > deadline) {
        await service.stop();
        throw new Error(
          `Cannot start ${name}: ${ended ? "it ended" : "it was not ready in time"}:\n` +
            service.output().slice(-2000),
        );
      }
      await delay(20);
    }
    return service;
  }

  /**
   * Runs a program to its end.
   *
   * @param options.accept Exit statuses, beside 0, that are no failure.
   * @throws {Error} if it exits with another one.
   */
  async run(
    command: readonly string[],
    { accept = [] }: { readonly accept?: readonly number[] } = {},
  ): Promise<ToolResult> {
    this.#signal.throwIfAborted();
    const [program = "", ...args] = command;
    const child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: this.#signal,
    }).spawn();
    const output = await child.output();
    this.#signal.throwIfAborted();
    const stdout = new TextDecoder().decode(output.stdout);
    const stderr = new TextDecoder().decode(output.stderr);
    if (!output.success && !accept.includes(output.code)) {
      throw new Error(
        `Cannot run ${program}: it exited with ${output.code}:\n${(stderr + stdout).slice(-2000)}`,
      );
    }
    return { stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error("the benchmark is over"));
    await Promise.all([...this.#services].map((service) => service.stop()));
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Whether something accepts connections on this port of the loopback. */
export async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** A port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What programs take to find each other, their caches and their language. */
export function keptEnvironment(): Record<string, string> {
  const kept =
    /^(PATH|HOME|LANG|LC_.*|TMPDIR|XDG_CACHE_HOME|DENO_.*|AUTH_PROXY_CACHE_DIR|NPM_CONFIG_.*|USER)$/i;
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => kept.test(name)),
  );
}

/** Asks the process to stop, and kills what is left of its tree when it did not in time. */
async function stopTree(
  child: Deno.ChildProcess,
  status: Promise<Deno.CommandStatus>,
): Promise<void> {
  const tree = processTree(child.pid, readProcesses());
  kill(child.pid, "SIGTERM");
  await Promise.race([status, delay(stopTimeoutMs)]);
  const left = readProcesses();
  for (const { pid, startTime } of tree) {
    // An id may have been given to another process since: its start time would differ.
    if (left.some((stat) => stat.pid === pid && stat.startTime === startTime)) kill(pid, "SIGKILL");
  }
  await status;
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
