import { connect as connectNodeSocket, type Socket } from "node:net";
import { connect as connectNodeTls } from "node:tls";
import { ProxyError } from "../errors.ts";
import { tlsIdentity } from "../policy/inject.ts";
import type { ProxyHop } from "../policy/proxy_hop.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { Authority } from "../wire/authority.ts";
import { parseIpLiteral } from "../wire/ip_address.ts";
import type { ByteStream } from "./byte_stream.ts";
import { handshakeRefusal } from "./certificate_refusal.ts";
import type { Protocol } from "./protocol.ts";
import { connectThrough } from "./connect_through.ts";
import { DenoStream } from "./deno_stream.ts";
import { dial, type DialOptions } from "./dial.ts";
import { SocketStream } from "./socket_stream.ts";

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
export interface SecuredConnection {
  readonly stream: ByteStream;
  readonly protocol: Protocol;
}

/** Where to connect, and for how long to try. */
export interface Destination extends DialOptions {
  /** Addresses that have been vetted. */
  readonly addresses: readonly string[];
  /** See {@linkcode DenoStream}; told of handshakes as well. */
  readonly onGiveUp?: (ended: Promise<void>) => void;
  /** Whose addresses these are, if they are another proxy's; `target` is what it is to connect to. */
  readonly through?: { readonly hop: ProxyHop; readonly target: Authority };
}

/** Connects in clear. */
export async function connectTcp(destination: Destination): Promise<ByteStream> {
  const conn = await dial(destination.addresses, destination);
  conn.setNoDelay();
  return new DenoStream(conn);
}

/**
 * Connects over TLS and verifies the peer's chain and name.
 *
 * @throws {TypeError} For a client certificate without anchors: Deno.startTls would not show it.
 * @throws {ProxyError} `tls_certificate_error` if it does not prove what is demanded,
 *   `tls_protocol_error` if the handshake fails otherwise, and what `dial()` throws.
 */
export async function connectTls(
  destination: Destination,
  demand: PeerDemand,
): Promise<SecuredConnection> {
  const started = performance.now();
  const conn = await dial(destination.addresses, destination);
  conn.setNoDelay();
  const timeLeft = () => Math.max(1, destination.timeout - (performance.now() - started));
  const { signal, onGiveUp = ignore } = destination;
  if (demand.onlyAnchors === undefined) {
    if (demand.clientCertificate !== undefined) throw new TypeError("It would not be shown");
    if (destination.through !== undefined) throw new TypeError("It would not be gone through");
    return await startWithDefaultRoots(conn, { demand, timeout: timeLeft(), signal, onGiveUp });
  }
  // Deno.startTls can only add anchors to the default roots and drops a client certificate, node:tls
  // does neither. It needs a socket of its own, to the address that has just answered.
  const { hostname: host, port } = conn.remoteAddr;
  conn.close();
  const socket = connectNodeSocket({ host, port, noDelay: true });
  if (destination.through !== undefined) {
    await connectThrough(socket, { ...destination.through, timeout: timeLeft(), signal });
  }
  return await startWithOwnRoots(socket, {
    demand,
    ca: demand.onlyAnchors,
    timeout: timeLeft(),
    signal,
  });
}

/** @param alpn What the peer has chosen; nothing if it does not know ALPN. */
function protocolNamed(alpn: string | false | null | undefined): Protocol {
  return alpn === "h2" ? "h2" : "http/1.1";
}

interface HandshakeOptions {
  readonly demand: PeerDemand;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

async function startWithDefaultRoots(
  conn: Deno.TcpConn,
  { demand, timeout, signal, onGiveUp }: HandshakeOptions & {
    readonly onGiveUp: (ended: Promise<void>) => void;
  },
): Promise<SecuredConnection> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const alarm = setTimeout(() => reject(handshakeTimeout(demand)), timeout);
  const callOff = () => reject(signal?.reason);
  signal?.addEventListener("abort", callOff);
  let open: Deno.Conn = conn;
  let handshake: Promise<Deno.TlsHandshakeInfo> | undefined;
  try {
    const tls = await Deno.startTls(conn, {
      hostname: demand.name,
      caCerts: [...demand.extraAnchors],
      alpnProtocols: [...demand.protocols],
    });
    open = tls;
    handshake = tls.handshake().catch((cause) => {
      throw handshakeError(cause, demand);
    });
    const { alpnProtocol } = await Promise.race([handshake, late]);
    return { stream: new DenoStream(tls, onGiveUp), protocol: protocolNamed(alpnProtocol) };
  } catch (error) {
    // A handshake that has failed has ended; one that was given up goes on.
    const ended = Promise.resolve(handshake).then(ignore, ignore);
    onGiveUp(ended.then(() => closeQuietly(open)));
    if (handshake === undefined) throw handshakeError(error, demand);
    throw error;
  } finally {
    clearTimeout(alarm);
    signal?.removeEventListener("abort", callOff);
  }
}

function startWithOwnRoots(
  transport: Socket,
  { demand, ca, timeout, signal }: HandshakeOptions & { readonly ca: string },
): Promise<SecuredConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<SecuredConnection>();
  const isIp = parseIpLiteral(demand.name) !== undefined;
  const socket = connectNodeTls({
    socket: transport,
    host: demand.name,
    ...(isIp ? {} : { servername: demand.name }),
    ca,
    ...(demand.clientCertificate === undefined ? {} : tlsIdentity(demand.clientCertificate)),
    rejectUnauthorized: true,
    ALPNProtocols: [...demand.protocols],
    minVersion: "TLSv1.2",
  });
  const alarm = setTimeout(() => {
    socket.destroy();
    reject(handshakeTimeout(demand));
  }, timeout);
  const callOff = () => {
    socket.destroy();
    reject(signal?.reason);
  };
  signal?.addEventListener("abort", callOff);
  socket.once("secureConnect", () => {
    // With rejectUnauthorized this is always so; a connection is not worth a default elsewhere.
    if (socket.authorized) {
      const protocol = protocolNamed(socket.alpnProtocol);
      resolve({ stream: new SocketStream(socket), protocol });
    } else reject(handshakeError(socket.authorizationError, demand));
  });
  socket.once("error", (cause) => {
    socket.destroy();
    reject(handshakeError(cause, demand));
  });
  socket.once("close", () => reject(handshakeError(new Error("connection closed"), demand)));
  return promise.finally(() => {
    clearTimeout(alarm);
    signal?.removeEventListener("abort", callOff);
  });
}

function handshakeTimeout({ name }: PeerDemand): ProxyError {
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

function handshakeError(
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

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Deno.startTls has already taken the connection and closed it.
  }
}

function ignore(): void {}
