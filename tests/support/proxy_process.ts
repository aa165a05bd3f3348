/**
 * The proxy as a child process: started, spoken to, measured, stopped.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodedForms } from "../../src/policy/encoded_forms.ts";
import { SHORTEST_PATTERN } from "../../src/policy/pattern_set.ts";
import { isSettingVariable } from "../../src/services/variables.ts";
import { dirname } from "node:path";
import { proxyCommand } from "./proxy_command.ts";
import { residentBytes } from "./resident_bytes.ts";
import { TempDir } from "./temp_dir.ts";
import { TextCollector } from "./text_collector.ts";
import { waitUntil, within } from "./wait_until.ts";

export interface ProxyOptions {
  /** Arguments on top of the listeners on free ports, the CA folder and the env file. */
  readonly args?: readonly string[];
  /** The content of the env file: none is given without it. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The proxy's own environment, on top of a clean one. */
  readonly env?: Readonly<Record<string, string>>;
  /** `HOST:PORT`; 127.0.0.1 and a free port if not given. */
  readonly listen?: string;
  /** The CA folder; one of its own if not given. */
  readonly caDir?: string;
  /** Put before the command: `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const readyLine =
  /^ready proxy=(http:\/\/\S+) admin=(http:\/\/\S+) ca=(\S+)(?: tls=(https:\/\/\S+))?(?: transparent=\S+)*$/;
const startDeadlineMs = 60_000;
/** What no run may print: the marks that Deno sets on an error that nobody caught. */
const crashMarks = /Uncaught|unhandled|Unhandled|panicked/;

export class ProxyProcess implements AsyncDisposable {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly adminUrl: string;
  /** `https://HOST:PORT` with --listen-tls, otherwise empty. */
  readonly tlsUrl: string;
  /** public/ca.pem and public/ca-bundle.pem. */
  readonly caFile: string;
  readonly bundleFile: string;
  readonly dir: TempDir;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: TextCollector;
  readonly #stderr: TextCollector;
  /** What no output may hold. */
  readonly #secrets: readonly string[];
  #exited = false;

  private constructor(options: {
    child: Deno.ChildProcess;
    stdout: TextCollector;
    stderr: TextCollector;
    dir: TempDir;
    ready: RegExpExecArray;
    secrets: readonly string[];
  }) {
    const [, url = "", adminUrl = "", caFile = "", tlsUrl = ""] = options.ready;
    this.url = url;
    this.adminUrl = adminUrl;
    this.tlsUrl = tlsUrl;
    this.caFile = caFile;
    this.bundleFile = caFile.replace(/ca\.pem$/, "ca-bundle.pem");
    this.dir = options.dir;
    this.#child = options.child;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.#secrets = options.secrets;
    void this.#child.status.then(() => this.#exited = true);
  }

  /** Starts the proxy and waits for its ready line; throws with its output if it exits instead. */
  static async start(options: ProxyOptions = {}): Promise<ProxyProcess> {
    const dir = await TempDir.create();
    const command = await proxyCommand({
      dir,
      args: await standardArgs(dir, options),
      env: options.env ?? {},
      prefix: options.prefix ?? [],
    });
    const child = command.spawn();
    const stdout = new TextCollector(child.stdout);
    const stderr = new TextCollector(child.stderr);
    let exited = false;
    void child.status.then(() => exited = true);
    try {
      await waitUntil(() => exited || stdout.lines.length > 0, {
        what: "the proxy prints its ready line",
        deadlineMs: startDeadlineMs,
      });
      const ready = readyLine.exec(stdout.lines[0] ?? "");
      if (ready === null) throw new Error("The proxy printed no ready line");
      const secrets = secretsOf({ ...options.env, ...options.secrets });
      return new ProxyProcess({ child, stdout, stderr, dir, ready, secrets });
    } catch (error) {
      if (!exited) child.kill("SIGKILL");
      await Promise.all([child.status, stdout.ended, stderr.ended]);
      await dir[Symbol.asyncDispose]();
      throw new Error(`Cannot start the proxy:\n${stdout.text}${stderr.text}`, { cause: error });
    }
  }

  /** What --ca-dir named. */
  get caDir(): string {
    return dirname(dirname(this.caFile));
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hostname(): string {
    return new URL(this.url).hostname;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  get exited(): boolean {
    return this.#exited;
  }

  /** Resident memory of the process and its children, in bytes. */
  async residentBytes(): Promise<number> {
    return await residentBytes(this.pid);
  }

  /** Sends `signal` and leaves the rest to the caller. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until the process has ended; gives its exit code. */
  async waitForExit(deadlineMs = 30_000): Promise<number> {
    const exit = this.#child.status.then((status) => status.code);
    return await within(exit, { what: `the proxy has ended:\n${this.stderr}`, deadlineMs });
  }

  /** Ends the proxy as an operator would; throws unless it exits 0 without a crash. */
  async stop(): Promise<void> {
    if (!this.#exited) this.signal("SIGTERM");
    const code = await this.waitForExit();
    assert.equal(code, 0, `The proxy exits ${code}:\n${this.stderr}`);
    this.assertNoCrash();
  }

  /** Throws if the proxy reported an error that nobody caught. */
  assertNoCrash(): void {
    assert.doesNotMatch(this.stderr, crashMarks);
  }

  /** Throws if what the proxy printed, the audit log among it, holds a secret in any form (I4). */
  assertNoSecret(): void {
    const printed = this.stdout + this.stderr;
    for (const secret of this.#secrets) {
      assert.ok(!printed.includes(secret), `${secret} is printed`);
    }
  }

  /** Leaves nothing behind, whatever the test left running. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exited) this.#child.kill("SIGKILL");
    await Promise.all([this.#child.status, this.#stdout.ended, this.#stderr.ended]);
    await this.dir[Symbol.asyncDispose]();
    this.assertNoCrash();
    this.assertNoSecret();
  }
}

/** The credentials among variables, in every form in which they could be printed. */
function secretsOf(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables)
    .filter(([name, value]) =>
      /TOKEN|KEY|PAT$/.test(name) && !isSettingVariable(name) && value.length >= SHORTEST_PATTERN
    )
    .flatMap(([, value]) => encodedForms(value));
}

/** Runs the proxy with exactly these arguments until it ends by itself. */
export async function runProxyToExit(
  args: readonly string[],
  options: { readonly dir: TempDir; readonly env?: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const command = await proxyCommand({ ...options, args });
  const child = command.spawn();
  const output = child.output();
  try {
    const { code, stdout, stderr } = await within(output, {
      what: `the proxy has ended by itself: ${args.join(" ")}`,
      deadlineMs: startDeadlineMs,
    });
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    await output;
    throw error;
  }
}

async function standardArgs(dir: TempDir, options: ProxyOptions): Promise<string[]> {
  const args = ["--listen", options.listen ?? "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  args.push("--ca-dir", options.caDir ?? dir.join("ca"));
  if (options.secrets !== undefined) {
    const lines = Object.entries(options.secrets).map(([name, value]) => `${name}="${value}"\n`);
    args.push("--env-file", await dir.write("secrets.env", lines.join("")));
  }
  return [...args, ...options.args ?? []];
}
