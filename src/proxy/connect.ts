import type { RequestHead } from "../wire/http1_head.ts";
import { encodeLatin1 } from "../wire/octets.ts";
import { AuditEntry } from "./audit_entry.ts";
import { connectTarget } from "./connect_target.ts";
import type { ProxyContext, SocketDownstream } from "./context.ts";
import { refuseUnaudited } from "./exchange.ts";
import { authenticate } from "./identify_client.ts";
import { refusalResponse } from "./refusal.ts";
import { refuseTunnel, serveTunnel, type TunnelParts } from "./tunnel.ts";

const established = encodeLatin1("HTTP/1.1 200 Connection established\r\n\r\n");

/**
 * Serves one CONNECT request (RFC 9110 section 9.3.6) and the tunnel that comes of it.
 *
 * @returns The connection inside, if it has been decrypted: it is to be served in place of this one.
 *   Otherwise the connection has ended.
 */
export async function serveConnect(
  head: RequestHead,
  { downstream, context }: { downstream: SocketDownstream; context: ProxyContext },
): Promise<SocketDownstream | undefined> {
  const entry = new AuditEntry("tunnel", { head, downstream, context });
  const parts: TunnelParts = {
    downstream,
    context,
    entry,
    established,
    refusal: (error) => refusalResponse(error, { id: entry.id, connection: "close" }),
  };
  try {
    refuseUnaudited(context);
    authenticate(head, parts);
    return await serveTunnel(connectTarget(head), parts);
  } catch (thrown) {
    await refuseTunnel(thrown, { head, parts });
    return undefined;
  } finally {
    entry.write();
  }
}
