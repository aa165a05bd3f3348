/** What `deno compile` puts in front of a program, and whether it can be had here. */
export type RuntimeStub = { readonly obtainable: true } | {
  readonly obtainable: false;
  /** Why not, to be read after "because". */
  readonly reason: string;
};

/** How long a release site that does not answer may hold up the build, in milliseconds. */
const patience = 10_000;

/**
 * Finds out whether `deno compile` will find denort for the target: named by DENORT_BIN, downloaded
 * earlier, or on Deno's release site. `deno compile` would find out too, but it tries for minutes
 * behind a firewall that drops packets.
 */
export async function findRuntimeStub(target: string): Promise<RuntimeStub> {
  if (Deno.env.get("DENORT_BIN")) return { obtainable: true };
  const archive = `release/v${Deno.version.deno}/denort-${target}.zip`;
  if (await isFile(`${await denoDir()}/dl/${archive}`)) return { obtainable: true };
  try {
    const response = await fetch(`https://dl.deno.land/${archive}`, {
      method: "HEAD",
      signal: AbortSignal.timeout(patience),
    });
    await response.body?.cancel();
    if (response.ok) return { obtainable: true };
    return { obtainable: false, reason: `Deno's release site answered ${response.status}` };
  } catch {
    return { obtainable: false, reason: "Deno's release site cannot be reached" };
  }
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const info: { readonly denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  return info.denoDir;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
