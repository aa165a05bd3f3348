/**
 * A container for tests: a folder in which commands of this machine run.
 *
 * @module
 */

/** What a process in a container is connected to. */
export interface Channels {
  /** Nothing at once if there is none. */
  readonly stdin: AsyncIterable<Uint8Array>;
  write(channel: "stdout" | "stderr", octets: Uint8Array): Promise<void>;
}

/** Runs a command to its end, and gives its exit code. */
export async function runInContainer(
  [program = "", ...args]: readonly string[],
  { folder, channels }: { folder: string; channels: Channels },
): Promise<number> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      cwd: folder,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    await channels.write("stderr", new TextEncoder().encode(`${program}: ${error}\n`));
    return 127;
  }
  void feed(child, channels.stdin);
  await Promise.all((["stdout", "stderr"] as const).map(async (channel) => {
    for await (const octets of child[channel]) await channels.write(channel, octets);
  }));
  return (await child.status).code;
}

async function feed(child: Deno.ChildProcess, stdin: AsyncIterable<Uint8Array>): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    for await (const octets of stdin) await writer.write(octets);
    await writer.close();
  } catch {
    // The process has ended without reading all of it.
  }
}

/**
 * How a command ended, as the fourth version of the remote command protocol tells it on the error
 * stream (kubernetes/kubernetes, apimachinery/pkg/util/remotecommand).
 */
export function exitStatus(code: number): unknown {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}
