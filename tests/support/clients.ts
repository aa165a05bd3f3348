/**
 * Real clients, run the way a container would run them: with the proxy and CA variables, a home of
 * their own, and nothing else.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import { clientEnvironment } from "../../src/clients/client_environment.ts";
import type { ProxyProcess } from "./proxy_process.ts";
import type { TempDir } from "./temp_dir.ts";
import { TextCollector } from "./text_collector.ts";
import { within } from "./wait_until.ts";

export interface ClientOptions {
  readonly proxy: ProxyProcess;
  /** Home and working folder. */
  readonly dir: TempDir;
  /** What the client must never hold nor print. */
  readonly secrets: readonly string[];
  /**
   * The proxy's URL with an agent token in it; the plain one if not given. `null`: the client knows of no
   * proxy.
   */
  readonly proxyUrl?: string | null;
  /** Variables on top: placeholders that a client insists on. */
  readonly env?: Readonly<Record<string, string>>;
  /** `piped` for a client that is written to; nothing to read if not given. */
  readonly stdin?: "piped" | "null";
  /** Put before the command: `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
}

export interface ClientOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const clientDeadlineMs = 120_000;

/** A client that runs; ends with its scope. */
export class RunningClient implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly stdout: TextCollector;
  readonly stderr: TextCollector;
  #exited = false;

  constructor(child: Deno.ChildProcess) {
    this.child = child;
    this.stdout = new TextCollector(child.stdout);
    this.stderr = new TextCollector(child.stderr);
    void child.status.then(() => this.#exited = true);
  }

  get exited(): boolean {
    return this.#exited;
  }

  async waitForExit(): Promise<ClientOutput> {
    const { code } = await within(this.child.status, {
      what: `the client has ended:\n${this.stdout.text}${this.stderr.text}`,
      deadlineMs: clientDeadlineMs,
    });
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    return { code, stdout: this.stdout.text, stderr: this.stderr.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exited) this.child.kill("SIGKILL");
    await Promise.all([this.child.status, this.stdout.ended, this.stderr.ended]);
  }
}

/** Starts `command`; throws if its environment or its arguments hold a secret. */
export function startClient(command: readonly string[], options: ClientOptions): RunningClient {
  const [program = "", ...args] = [...options.prefix ?? [], ...command];
  const env = { ...environmentOf(options), ...options.env };
  assertHoldsNone(JSON.stringify([env, command]), options.secrets);
  return startProgram([program, ...args], {
    env,
    dir: options.dir,
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  });
}

/** Starts `command` with this environment and nothing else, in this folder. */
export function startProgram(
  [program = "", ...args]: readonly string[],
  { env, dir, stdin = "null" }: {
    readonly env: Readonly<Record<string, string>>;
    readonly dir: TempDir;
    readonly stdin?: "null" | "piped";
  },
): RunningClient {
  const child = new Deno.Command(program, {
    args,
    env: { ...env },
    clearEnv: true,
    cwd: dir.path,
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new RunningClient(child);
}

/** Runs `command` to its end, whatever its exit code; throws if its output holds a secret. */
export async function tryClient(
  command: readonly string[],
  options: ClientOptions,
): Promise<ClientOutput> {
  await using client = startClient(command, options);
  const output = await client.waitForExit();
  assertHoldsNone(output.stdout + output.stderr, options.secrets);
  return output;
}

/** Runs `command` to its end; throws with its output unless it exits 0. */
export async function runClient(
  command: readonly string[],
  options: ClientOptions,
): Promise<ClientOutput> {
  const output = await tryClient(command, options);
  const story = `${command.join(" ")} exits ${output.code}:\n${output.stdout}${output.stderr}`;
  assert.equal(output.code, 0, `${story}\nThe proxy says:\n${options.proxy.stderr}`);
  return output;
}

/** What `auth-proxy env` prints, placeholders apart. */
function environmentOf({ proxy, proxyUrl, dir }: ClientOptions): Record<string, string> {
  const variables = Object.fromEntries(clientEnvironment({
    proxyUrl: proxyUrl ?? proxy.url,
    publicFolder: dirname(proxy.caFile),
    placeholders: new Map(),
  }));
  if (proxyUrl === null) {
    for (const name of Object.keys(variables)) {
      if (/^https?_proxy$/i.test(name)) delete variables[name];
    }
  }
  return { PATH: Deno.env.get("PATH") ?? "", HOME: dir.path, ...variables };
}

function assertHoldsNone(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    assert.ok(!text.includes(secret), "The client holds the credential");
    const encoded = Buffer.from(secret).toString("base64").replace(/=+$/, "");
    assert.ok(!text.includes(encoded), "The client holds the credential, in base64");
  }
}
