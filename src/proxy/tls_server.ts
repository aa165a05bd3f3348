import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { Protocol } from "./protocol.ts";
import { SocketStream } from "./socket_stream.ts";
import { StreamDuplex } from "./stream_duplex.ts";

/**
 * Takes part in a TLS handshake as the server, on a stream that has been read up to the ClientHello.
 * The stream is used up.
 *
 * @returns What is to be spoken inside, too: HTTP/2 with who offers it.
 * @throws {Error} if the handshake fails or the connection ends in it.
 */
export async function acceptTls(
  stream: SocketStream,
  secureContext: SecureContext,
): Promise<{ stream: SocketStream; protocol: Protocol }> {
  const protocols = ["h2", "http/1.1"] as const;
  if (stream.isTls) {
    const transport = new StreamDuplex(stream);
    // Any Duplex will do (node:tls), but the type knows of sockets alone.
    const tls = await handshake(transport as unknown as Socket, { secureContext, protocols });
    // Deno's TLSSocket takes what is written to it even when its transport is gone.
    transport.once("close", () => tls.destroy());
    if (transport.destroyed) tls.destroy();
    return { stream: new SocketStream(tls, { transport }), protocol: negotiated(tls) };
  }
  const { socket, early } = stream.detach();
  const tls = await handshake(socket, { early, secureContext, protocols });
  return { stream: new SocketStream(tls), protocol: negotiated(tls) };
}

/**
 * Takes part in a TLS handshake as the server, on a connection that has just been accepted.
 *
 * @throws {Error} if the handshake fails or the connection ends in it.
 */
export async function acceptTlsClient(
  socket: Socket,
  secureContext: SecureContext,
): Promise<SocketStream> {
  return new SocketStream(await handshake(socket, { secureContext }));
}

/**
 * The same, with a client that has to show a certificate.
 *
 * One that shows none fails the handshake. One that does never fails because of it, whatever it is:
 * `rejectUnauthorized`, explicit as ever, makes Deno 2.9 insist on there being a certificate, and
 * leaves the verdict on it to the caller.
 *
 * @returns `certificate` is DER, or empty if it cannot be read. Nobody has looked at it yet; what is
 *   certain is that the client has its key.
 * @throws {Error} if the handshake fails or the connection ends in it.
 */
export async function acceptCertifiedClient(
  socket: Socket,
  secureContext: SecureContext,
): Promise<{ stream: SocketStream; certificate: Uint8Array }> {
  const tls = await handshake(socket, { secureContext, requestCert: true });
  return { stream: new SocketStream(tls), certificate: peerCertificate(tls) };
}

function peerCertificate(tls: TLSSocket): Uint8Array {
  try {
    return tls.getPeerX509Certificate()?.raw ?? new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}

function negotiated({ alpnProtocol }: TLSSocket): Protocol {
  return alpnProtocol === "h2" ? "h2" : "http/1.1";
}

interface HandshakeOptions {
  /** What has been read: the ClientHello, and what came with it. */
  readonly early?: readonly Uint8Array[];
  readonly secureContext: SecureContext;
  readonly requestCert?: true;
  /** What may be spoken, the most welcome first. */
  readonly protocols?: readonly Protocol[];
}

function handshake(
  socket: Socket,
  { early = [], secureContext, requestCert, protocols = ["http/1.1"] }: HandshakeOptions,
): Promise<TLSSocket> {
  // Without this pause, about one in eight handshakes hangs on Deno 2.9 (measured).
  socket.pause();
  const [only, ...more] = early;
  // Nobody else uses this memory any more: a copy is made only to join several.
  if (only !== undefined && more.length === 0) {
    socket.unshift(Buffer.from(only.buffer, only.byteOffset, only.length));
  } else if (only !== undefined) socket.unshift(Buffer.concat(early));
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: [...protocols],
    ...(requestCert === undefined ? {} : { requestCert, rejectUnauthorized: true }),
  });
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error("the connection ended in the TLS handshake"));
    tls.once("secure", () => {
      // Every listener that stays is memory of a connection that may be idle for long.
      tls.off("error", reject);
      tls.off("close", onClose);
      resolve(tls);
    });
    tls.once("error", reject);
    tls.once("close", onClose);
  });
}
