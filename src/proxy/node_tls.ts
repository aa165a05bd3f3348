import type { Socket } from "node:net";
import { connect as connectNodeTls, type TLSSocket } from "node:tls";
import { ProxyError } from "../errors.ts";
import { tlsIdentity } from "../policy/inject.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import { parseIpLiteral } from "../wire/ip_address.ts";
import { handshakeRefusal } from "./certificate_refusal.ts";
import type { Protocol } from "./protocol.ts";
import { SocketStream } from "./socket_stream.ts";
import { StreamDuplex } from "./stream_duplex.ts";

/** What the peer must prove. */
export interface PeerDemand {
  /** The DNS name or IP address that its certificate must be for; also sent as SNI if a name. */
  readonly name: string;
  /** PEM. Added to the default roots. */
  readonly extraAnchors: readonly string[];
  /** PEM. If given, these are trusted and nothing else is (I7). */
  readonly onlyAnchors?: string;
  /** What it is shown if it asks who we are; for a demand that has `onlyAnchors`. */
  readonly clientCertificate?: ClientCertificate;
  /** What may be spoken, the most welcome first. */
  readonly protocols: readonly Protocol[];
}

/** A connection over TLS, and what is to be spoken on it. */
export interface SecuredConnection<Stream> {
  readonly stream: Stream;
  readonly protocol: Protocol;
}

/** @param alpn What the peer has chosen; nothing if it does not know ALPN. */
export function protocolNamed(alpn: string | false | null | undefined): Protocol {
  return alpn === "h2" ? "h2" : "http/1.1";
}

/**
 * Takes part in a handshake as the client, with node:tls, whose `ca` replaces the default roots.
 *
 * @param transport What is connected to the peer, maybe over TLS. It is used up: it is closed when the
 *   handshake fails, or what comes of it ends.
 * @param options `timeout` is in milliseconds; `signal` calls it off.
 * @throws {ProxyError} as `handshakeError` has it, `connection_timeout`; and the signal's reason.
 */
export function startNodeTls(
  transport: SocketStream,
  { demand, ca, timeout, signal }: {
    demand: PeerDemand;
    ca: string;
    timeout: number;
    signal: AbortSignal | undefined;
  },
): Promise<SecuredConnection<SocketStream>> {
  const { promise, resolve, reject } = Promise.withResolvers<SecuredConnection<SocketStream>>();
  const isIp = parseIpLiteral(demand.name) !== undefined;
  const below = transportOf(transport);
  const inside = (below as unknown) instanceof StreamDuplex
    ? below as unknown as StreamDuplex
    : undefined;
  const socket = connectNodeTls({
    socket: below,
    host: demand.name,
    ...(isIp ? {} : { servername: demand.name }),
    ca,
    ...(demand.clientCertificate === undefined ? {} : tlsIdentity(demand.clientCertificate)),
    rejectUnauthorized: true,
    ALPNProtocols: [...demand.protocols],
    minVersion: "TLSv1.2",
  });
  // Deno's TLSSocket goes on for a while when its transport is gone.
  inside?.once("close", () => socket.destroy());
  const giveUp = (reason: unknown) => {
    socket.destroy();
    inside?.destroy();
    reject(reason);
  };
  const alarm = setTimeout(() => giveUp(handshakeTimeout(demand)), timeout);
  const callOff = () => giveUp(signal?.reason);
  signal?.addEventListener("abort", callOff);
  socket.once("secureConnect", () => {
    // With rejectUnauthorized this is always so; a connection is not worth a default elsewhere.
    if (!socket.authorized) return giveUp(handshakeError(socket.authorizationError, demand));
    resolve({
      stream: secured(socket, { transport: inside, peer: transport.peer }),
      protocol: protocolNamed(socket.alpnProtocol),
    });
  });
  socket.once("error", (cause) => giveUp(handshakeError(cause, demand)));
  socket.once("close", () => giveUp(handshakeError(new Error("connection closed"), demand)));
  return promise.finally(() => {
    clearTimeout(alarm);
    signal?.removeEventListener("abort", callOff);
  });
}

/** What node:tls can put a handshake on; the stream is used up. */
export function transportOf(stream: SocketStream): Socket {
  // Any Duplex will do (node:tls), but its type knows of sockets alone.
  if (stream.isTls) return new StreamDuplex(stream) as unknown as Socket;
  return stream.detach().socket;
}

function secured(
  socket: TLSSocket,
  { transport, peer }: { transport: StreamDuplex | undefined; peer: string },
): SocketStream {
  return new SocketStream(socket, { peer, ...(transport === undefined ? {} : { transport }) });
}

export function handshakeTimeout({ name }: PeerDemand): ProxyError {
  return new ProxyError("connection_timeout", `No TLS handshake with ${name} in time`);
}

/** The peer speaks none of the protocols that it was offered (RFC 7301 section 3.2). */
export class NoCommonProtocolError extends ProxyError {
  constructor(
    name: string,
    { protocols, cause }: { protocols: readonly string[]; cause: unknown },
  ) {
    const offered = protocols.join(" or ");
    super("tls_protocol_error", `${name} does not speak ${offered}`, { cause });
  }
}

/**
 * What a failed handshake comes to: `tls_certificate_error` if the peer did not prove what is demanded,
 * `client_certificate_refused`, or `tls_protocol_error`.
 */
export function handshakeError(
  cause: unknown,
  { name, protocols, clientCertificate }: PeerDemand,
): ProxyError {
  const refusal = handshakeRefusal(cause, { name, clientCertificate });
  if (refusal !== undefined) return refusal;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/certificate|self.signed|altname|issuer|UnknownIssuer|CERT_/i.test(text)) {
    return new ProxyError(
      "tls_certificate_error",
      `The certificate that ${name} presented is not trusted: ${text}`,
      { cause },
    );
  }
  if (/no.?application.?protocol/i.test(text)) {
    return new NoCommonProtocolError(name, { protocols, cause });
  }
  return new ProxyError("tls_protocol_error", `The TLS handshake with ${name} failed`, { cause });
}
