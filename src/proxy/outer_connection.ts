import { SOCKS5_VERSION } from "../wire/socks5.ts";
import { serveConnect } from "./connect.ts";
import type { SocketDownstream } from "./context.ts";
import { serveHttp1 } from "./http1_server.ts";
import { type Ingress, usualPorts } from "./ingress.ts";
import { peek } from "./peek.ts";
import { serveSocks5 } from "./socks5_server.ts";
import type { TlsIngress } from "./tls_ingress.ts";
import { serveTransparent } from "./transparent.ts";

/** What is done with a connection beside what its ingress says. */
export interface OuterParts {
  /** Puts TLS on it. */
  readonly secure: (tls: TlsIngress) => Promise<SocketDownstream | undefined>;
}

/** ContentType handshake (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;

/**
 * Serves a connection as it is accepted, in whatever its first octet begins: TLS, SOCKS 5 or HTTP/1.
 *
 * @returns The connection inside, if there is one that has been decrypted: it is to be served next.
 */
export async function serveOuter(
  downstream: SocketDownstream,
  { context, speaks, secure }: Ingress & OuterParts,
): Promise<SocketDownstream | undefined> {
  if (speaks.kind === "tls") return await serveSecured(await secure(speaks.tls), { context });
  const first = await firstOctet(downstream, { context });
  if (first === undefined) return undefined;
  if (first === TLS_HANDSHAKE) {
    if (speaks.kind === "anything" && await asksForProxy(downstream, speaks.tls)) {
      return await serveSecured(await secure(speaks.tls), { context });
    }
    const originalPort = speaks.kind === "transparent" ? speaks.originalPort : usualPorts.tls;
    return await serveTransparent(downstream, { context: context(), originalPort });
  }
  if (speaks.kind === "transparent") return await serveHttp1(downstream, { context });
  if (first === SOCKS5_VERSION) return await serveSocks5(downstream, context());
  return await serveHttp1(downstream, { context, serveConnect });
}

async function serveSecured(
  downstream: SocketDownstream | undefined,
  { context }: Pick<Ingress, "context">,
): Promise<SocketDownstream | undefined> {
  return downstream && await serveHttp1(downstream, { context, serveConnect });
}

/** Waits for it, as long as for a head, and leaves it to be read. */
async function firstOctet(
  { stream, deadline }: SocketDownstream,
  { context }: Pick<Ingress, "context">,
): Promise<number | undefined> {
  deadline.onExpire = () => stream.close();
  deadline.set(context().limits.headTimeout);
  try {
    const octets = await stream.read();
    if (octets !== null) {
      stream.unread(octets);
      return octets[0];
    }
  } catch {
    // The client has gone.
  }
  stream.close();
  return undefined;
}

/** Whether a ClientHello asks for the proxy itself. */
async function asksForProxy({ stream }: SocketDownstream, tls: TlsIngress): Promise<boolean> {
  try {
    const opening = await peek(stream);
    return opening.kind === "hello" && tls.isFor(opening.serverName);
  } catch {
    // It is refused by who reads it for its destination.
    return false;
  }
}
