/**
 * The admin API on a unix socket, which nobody but this user can open.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { StartError } from "../secrets/start_error.ts";

/** A socket that is served. */
export interface AdminSocket {
  /** Finishes what is under way, and removes the socket. */
  shutdown(): Promise<void>;
}

/**
 * Serves requests on a unix socket, mode 0600 from its first moment: it is made in a folder that no
 * one else may enter, and linked to its place when its mode is right.
 *
 * @throws {StartError} If something else is in its place, or it cannot be made there.
 */
export async function serveAdminSocket(
  path: string,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<AdminSocket> {
  try {
    // Several proxies that start at once take turns: each looks whether the one before still lives.
    using folder = await Deno.open(dirname(path), { read: true });
    await folder.lock(true);
    await removeStale(path);
    const hidden = await Deno.makeTempDir({ dir: dirname(path), prefix: "." });
    try {
      const place = join(hidden, "s");
      const server = Deno.serve({ path: place, onListen: () => {} }, handler);
      await Deno.chmod(place, 0o600);
      await Deno.link(place, path);
      const { ino } = await Deno.lstat(path);
      return { shutdown: () => shutdown(server, { path, ino }) };
    } finally {
      await Deno.remove(hidden, { recursive: true });
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw refusal(path, error instanceof Error ? error.message : String(error));
  }
}

/** @throws {StartError} unless nothing is there, or a socket that nobody listens on any more. */
async function removeStale(path: string): Promise<void> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!found.isSocket) throw refusal(path, "it is there and is no socket: move it away");
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    await Deno.remove(path);
    return;
  }
  throw refusal(path, "another process listens there: stop it, or choose another path");
}

async function shutdown(
  server: Deno.HttpServer,
  { path, ino }: { path: string; ino: number | null },
): Promise<void> {
  try {
    // Another proxy may have put its own there since.
    if ((await Deno.lstat(path)).ino === ino) await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await server.shutdown();
}

function refusal(path: string, reason: string): StartError {
  return new StartError([{
    where: `--admin-socket ${path}`,
    message: `cannot listen on ${basename(path)}: ${reason}`,
  }]);
}
