import { createServer } from "node:net";
import { TLSSocket } from "node:tls";
import type { LeafCache } from "../ca/leaf_cache.ts";

/**
 * Tells whether this runtime accepts a certificate that nobody vouches for, as it does when it was
 * started with a flag that ignores certificate errors (I7). There is no way to ask for the flag, so
 * a handshake on loopback, with a certificate of our own CA, is tried.
 *
 * A flag that names hosts is not found this way.
 */
export async function verificationIsOff(leaves: LeafCache): Promise<boolean> {
  const { secureContext } = await leaves.get("localhost");
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext });
    // The client is expected to break the handshake off.
    tls.on("error", () => socket.destroy());
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const address = server.address();
  const port = typeof address === "object" ? address?.port ?? 0 : 0;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const tls = await Deno.startTls(conn, { hostname: "localhost" });
    try {
      await tls.handshake();
      return true;
    } finally {
      tls.close();
    }
  } catch {
    return false;
  } finally {
    server.close();
  }
}
