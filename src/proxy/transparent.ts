/**
 * Clients that do not know of a proxy: a firewall has turned their connections to us. Where they wanted
 * to go is known by SNI or Host; the port is that of the listener (Deno 2.9 does not tell the original
 * destination).
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import { WireError } from "../wire/wire_error.ts";
import { AuditEntry } from "./audit_entry.ts";
import { dnsName } from "./connect_target.ts";
import type { ProxyContext, SocketDownstream } from "./context.ts";
import { refuseUnaudited } from "./exchange.ts";
import { identifyClient } from "./identify_client.ts";
import { peek } from "./peek.ts";
import { refuseTunnel, serveTransparentTls, type TunnelParts } from "./tunnel.ts";

/**
 * Serves a connection that begins with a TLS handshake record.
 *
 * @param originalPort What the client called.
 * @returns As `serveTunnel`.
 */
export async function serveTransparent(
  downstream: SocketDownstream,
  { context, originalPort }: { context: ProxyContext; originalPort: number },
): Promise<SocketDownstream | undefined> {
  const entry = new AuditEntry("tunnel", { head: undefined, downstream, context });
  const parts: TunnelParts = {
    downstream,
    context,
    entry,
    refusal: ({ kind }) =>
      fatalAlert(kind === "malformed_request" ? "decode_error" : "access_denied"),
  };
  try {
    refuseUnaudited(context);
    const opening = await peek(downstream.stream);
    if (opening.kind !== "hello") throw new WireError("Cannot read the TLS handshake");
    const host = dnsName(opening.serverName);
    if (host === undefined) {
      throw new ProxyError(
        "misdirected_request",
        "A client that was turned to this proxy names no host in SNI: nobody can tell where it " +
          "wants to go; have it use the proxy, or call the service by name",
      );
    }
    downstream.identity = identifyClient({ client: downstream.peer }, context);
    if (!downstream.setBusy("busy")) return void downstream.stream.close();
    return await serveTransparentTls({ host, kind: "name", port: originalPort }, parts);
  } catch (thrown) {
    await refuseTunnel(thrown, { parts });
    return undefined;
  } finally {
    entry.write();
  }
}

/** RFC 8446 section 6.2. */
const alerts = { access_denied: 49, decode_error: 50 } as const;

/** A TLS record with a fatal alert (RFC 8446 sections 5.1 and 6), for who has not begun to speak. */
function fatalAlert(alert: keyof typeof alerts): Uint8Array {
  return Uint8Array.of(0x15, 0x03, 0x03, 0, 2, 2, alerts[alert]);
}
