import type { Server } from "node:net";

/**
 * Tells whether this process can have that many more file descriptors.
 *
 * It is tried out: the limit itself is in /proc/self/limits, which Deno lets a program read only if
 * everything is allowed to it, and opening as many as might be needed takes 100 ms.
 */
export function hasSpareDescriptors(count: number): boolean {
  const opened: Deno.FsFile[] = [];
  try {
    while (opened.length < count) opened.push(Deno.openSync(Deno.execPath()));
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    return code !== "EMFILE" && code !== "ENFILE";
  } finally {
    for (const file of opened) file.close();
  }
}

interface ListeningServer {
  /** Deno's handle of a node:net server. */
  readonly _handle?: { listen?(backlog: number): number } | null;
}

/**
 * Has the server look for connections to accept.
 *
 * Deno 2.9 accepts until the system has no more to give. If accept() fails, as it does without a free
 * descriptor, it drops the error and is not woken again, by no number of connections. To listen on
 * a handle that listens already does nothing but wake it: the event loop then tries to accept.
 */
export function wakeAccept(server: Server): void {
  (server as unknown as ListeningServer)._handle?.listen?.(ACCEPT_BACKLOG);
}

/** How many connections the system keeps for us until we accept them. */
export const ACCEPT_BACKLOG = 1024;
