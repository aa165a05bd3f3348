const passedOn: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];

/**
 * Runs this Deno with the arguments, on our own stdout and stderr and with no input, and passes on to
 * it the signals that would end us.
 *
 * @param env Variables on top of our own.
 * @returns its exit code.
 */
export async function runDeno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { ...env },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const handlers = passedOn.map((signal) => ({ signal, handler: () => child.kill(signal) }));
  for (const { signal, handler } of handlers) Deno.addSignalListener(signal, handler);
  try {
    return (await child.status).code;
  } finally {
    for (const { signal, handler } of handlers) Deno.removeSignalListener(signal, handler);
  }
}
