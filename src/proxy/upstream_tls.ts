import type { Authority } from "../wire/authority.ts";
import type { ByteStream } from "./byte_stream.ts";
import { connectThrough, connectThroughForTls, type HopDestination } from "./connect_through.ts";
import { DenoStream } from "./deno_stream.ts";
import { dial, type DialOptions, dialSocket } from "./dial.ts";
import {
  handshakeError,
  handshakeTimeout,
  type PeerDemand,
  protocolNamed,
  type SecuredConnection,
  startNodeTls,
} from "./node_tls.ts";
import { SocketStream } from "./socket_stream.ts";

/** Where to connect, and for how long to try. */
export interface Destination extends DialOptions {
  /** Addresses that have been vetted. */
  readonly addresses: readonly string[];
  /** See {@linkcode DenoStream}; told of handshakes as well. */
  readonly onGiveUp?: (ended: Promise<void>) => void;
  /** Whose addresses these are, if they are another proxy's; `target` is what it is to connect to. */
  readonly through?: Pick<HopDestination, "hop" | "anchors"> & { readonly target: Authority };
}

/** Connects in clear; through another proxy in a tunnel. */
export async function connectTcp(destination: Destination): Promise<ByteStream> {
  const { through } = destination;
  if (through !== undefined) return await connectThrough({ ...destination, ...through });
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
): Promise<SecuredConnection<ByteStream>> {
  const started = performance.now();
  const timeLeft = () => Math.max(1, destination.timeout - (performance.now() - started));
  const { signal, through, onGiveUp = ignore } = destination;
  if (demand.onlyAnchors === undefined) {
    if (demand.clientCertificate !== undefined) throw new TypeError("It would not be shown");
    if (through !== undefined) throw new TypeError("It would not be gone through");
    const conn = await dial(destination.addresses, destination);
    conn.setNoDelay();
    return await startWithDefaultRoots(conn, { demand, timeout: timeLeft(), signal, onGiveUp });
  }
  // Deno.startTls can only add anchors to the default roots and drops a client certificate, node:tls
  // does neither.
  const transport = through === undefined
    ? new SocketStream(await dialSocket(destination.addresses, destination))
    : await connectThroughForTls({ ...destination, ...through });
  return await startNodeTls(transport, {
    demand,
    ca: demand.onlyAnchors,
    timeout: timeLeft(),
    signal,
  });
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
): Promise<SecuredConnection<ByteStream>> {
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

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Deno.startTls has already taken the connection and closed it.
  }
}

function ignore(): void {}
