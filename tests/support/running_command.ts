/**
 * `auth-proxy` with any arguments, while it runs.
 *
 * @module
 */

import { proxyCommand, type ProxyCommandOptions } from "./proxy_command.ts";
import type { Outcome } from "./proxy_process.ts";
import { TextCollector } from "./text_collector.ts";
import { within } from "./wait_until.ts";

export class RunningCommand implements AsyncDisposable {
  readonly stdout: TextCollector;
  readonly stderr: TextCollector;
  readonly #child: Deno.ChildProcess;
  #exited = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.stdout = new TextCollector(child.stdout);
    this.stderr = new TextCollector(child.stderr);
    void child.status.then(() => this.#exited = true);
  }

  static async start(options: ProxyCommandOptions): Promise<RunningCommand> {
    return new RunningCommand((await proxyCommand(options)).spawn());
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async waitForExit(): Promise<Outcome> {
    const { code } = await within(this.#child.status, {
      what: `the command has ended:\n${this.stdout.text}${this.stderr.text}`,
      deadlineMs: 60_000,
    });
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    return { code, stdout: this.stdout.text, stderr: this.stderr.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exited) this.#child.kill("SIGKILL");
    await Promise.all([this.#child.status, this.stdout.ended, this.stderr.ended]);
  }
}
