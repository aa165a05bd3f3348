import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { SocketStream } from "./socket_stream.ts";

/**
 * Takes part in a TLS handshake as the server, on a socket whose first octets have been read.
 *
 * @param early What has been read: the ClientHello, and what came with it.
 * @throws {Error} if the handshake fails or the connection ends in it.
 */
export function acceptTls(
  socket: Socket,
  { early, secureContext }: { early: readonly Uint8Array[]; secureContext: SecureContext },
): Promise<SocketStream> {
  // Without this pause, about one in eight handshakes hangs on Deno 2.9 (measured).
  socket.pause();
  const [only, ...more] = early;
  // Nobody else uses this memory any more: a copy is made only to join several.
  if (only !== undefined && more.length === 0) {
    socket.unshift(Buffer.from(only.buffer, only.byteOffset, only.length));
  } else socket.unshift(Buffer.concat(early));
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: ["http/1.1"],
  });
  return new Promise((resolve, reject) => {
    tls.once("secure", () => resolve(new SocketStream(tls)));
    tls.once("error", reject);
    tls.once("close", () => reject(new Error("the connection ended in the TLS handshake")));
  });
}
