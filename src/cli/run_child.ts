/** Exit statuses of a shell for a program that cannot be run, and for one that there is not. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** A program that could not be started; `status` is what a shell would exit with. */
export class ChildError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "ChildError";
    this.status = status;
  }
}

/**
 * What is passed on to the child. A terminal sends SIGINT and SIGQUIT to both of us: sent once more, the
 * child would take them for two. It is ours even if we read from a pipe, or write to one.
 */
function forwardedSignals(): Deno.Signal[] {
  if (Deno.build.os === "windows") return [];
  const always: Deno.Signal[] = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"];
  const hasTerminal = [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  return hasTerminal ? always : [...always, "SIGINT", "SIGQUIT"];
}

/** What must not end us before the child has ended. */
const ignoredSignals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGQUIT"];

/**
 * Runs a program with our own stdin, stdout and stderr, and passes signals on.
 *
 * @returns Its exit status; 128 and the signal's number if one ended it.
 * @throws {ChildError} If it cannot be started.
 */
export async function runChild(
  [program = "", ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const ignore = () => {};
  for (const signal of ignoredSignals) Deno.addSignalListener(signal, ignore);
  const child = spawn(program, { args, environment });
  const listeners = forwardedSignals().map((signal) => {
    const forward = () => kill(child, signal);
    Deno.addSignalListener(signal, forward);
    return { signal, forward };
  });
  try {
    return (await child.status).code;
  } finally {
    for (const { signal, forward } of listeners) Deno.removeSignalListener(signal, forward);
    for (const signal of ignoredSignals) Deno.removeSignalListener(signal, ignore);
  }
}

function spawn(
  program: string,
  { args, environment }: { args: string[]; environment: Readonly<Record<string, string>> },
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args,
      env: { ...environment },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    const name = JSON.stringify(program);
    if (error instanceof Deno.errors.NotFound) {
      throw new ChildError(`${name} is not found: write its path, or mend PATH`, NOT_FOUND);
    }
    throw new ChildError(`${name} cannot be executed`, NOT_EXECUTABLE);
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended in this moment.
  }
}
