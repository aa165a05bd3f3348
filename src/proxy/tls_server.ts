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
 * Takes part in a TLS handshake as the server, with a client that speaks HTTP/1.1 to the proxy inside. The
 * stream is used up.
 *
 * @throws {Error} if the handshake fails or the connection ends in it.
 */
export async function acceptTlsClient(
  stream: SocketStream,
  secureContext: SecureContext,
): Promise<SocketStream> {
  const { socket, early } = stream.detach();
  return new SocketStream(await handshake(socket, { early, secureContext }));
}

/**
 * The same, with a client that has to show a certificate, or may.
 *
 * One that has to and shows none fails the handshake. One that shows one never fails because of it,
 * whatever it is: Deno 2.9 leaves the verdict on it to the caller. What the handshake does check, either
 * way, is that the client has its key (tried with one that has not).
 *
 * @returns `certificate` is DER, or empty if it cannot be read; `undefined` if none was shown. Nobody has
 *   looked at it yet.
 * @throws {Error} if the handshake fails or the connection ends in it.
 */
export async function acceptCertifiedClient(
  stream: SocketStream,
  { secureContext, mayShowNone }: { secureContext: SecureContext; mayShowNone: boolean },
): Promise<{ stream: SocketStream; certificate: Uint8Array | undefined }> {
  const { socket, early } = stream.detach();
  const clientCertificate = mayShowNone ? "optional" : "demanded";
  const tls = await handshake(socket, { early, secureContext, clientCertificate });
  const certificate = peerCertificate(tls) ?? (mayShowNone ? undefined : new Uint8Array());
  return { stream: new SocketStream(tls), certificate };
}

function peerCertificate(tls: TLSSocket): Uint8Array | undefined {
  try {
    return tls.getPeerX509Certificate()?.raw;
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
  readonly clientCertificate?: "demanded" | "optional";
  /** What may be spoken, the most welcome first. */
  readonly protocols?: readonly Protocol[];
}

/** For a server, `rejectUnauthorized` says whether a client may do without a certificate, no more. */
const certificateDemand = {
  demanded: { isServer: true, requestCert: true, rejectUnauthorized: true },
  optional: { isServer: true, requestCert: true, rejectUnauthorized: false },
} as const;

function handshake(
  socket: Socket,
  { early = [], secureContext, clientCertificate, protocols = ["http/1.1"] }: HandshakeOptions,
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
    ...(clientCertificate === undefined ? {} : certificateDemand[clientCertificate]),
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
