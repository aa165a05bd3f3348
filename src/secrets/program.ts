import { basename } from "node:path";
import { RenewalError } from "./renewable.ts";

/** A program that prints a credential. */
export interface Program {
  /** A path, or a name that is looked for in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** What it is called in messages: `the command`, `the plugin`. */
  readonly role: string;
}

export interface RunOptions {
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
}

/** More than any credential takes, in octets. */
const LONGEST_OUTPUT = 1024 * 1024;

/**
 * Runs a program: its arguments as they are, without a shell, with nothing on its standard input.
 *
 * @returns What it printed. What it says on stderr is dropped: it might hold a credential.
 * @throws {RenewalError} If it cannot be run, fails, takes too long or prints too much.
 */
export async function runProgram(
  { command, args, role }: Program,
  { environment, timeout }: RunOptions,
): Promise<string> {
  const name = `${role} ${basename(command)}`;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args: [...args],
      clearEnv: true,
      env: { ...environment },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      // A process group of its own, which can be ended as a whole; and no terminal to ask anybody on.
      detached: true,
    }).spawn();
  } catch (error) {
    throw new RenewalError(`${name} cannot be run: ${spawnFailure(error)}`);
  }
  const reader = child.stdout.getReader();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const alarm = setTimeout(() => {
    reject(new RenewalError(`${name} has not ended within ${timeout / 1000} s`));
  }, timeout);
  let ended = false;
  try {
    // A program that it has started may hold its output open: the alarm is for both.
    const [output, { success, code, signal }] = await Promise.race([
      Promise.all([readAll(reader, name), child.status]),
      late,
    ]);
    ended = true;
    if (success) return output;
    const how = signal === null ? `exited with ${code}` : `was ended by ${signal}`;
    throw new RenewalError(`${name} ${how}; run it by hand to see why`);
  } finally {
    clearTimeout(alarm);
    // What it has started goes with it: else one that hangs would leave more behind at each attempt.
    if (!ended) killQuietly(child);
    await reader.cancel();
  }
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended at this moment.
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  name: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let length = 0;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > LONGEST_OUTPUT) throw new RenewalError(`${name} prints too much`);
    text += decoder.decode(value, { stream: true });
  }
}

function spawnFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such program; install it";
  if (error instanceof Deno.errors.PermissionDenied) return "it may not be executed by this user";
  if (error instanceof Deno.errors.NotCapable) {
    return "this process was started without --allow-run";
  }
  return "the system refuses to start it";
}
