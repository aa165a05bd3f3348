import type { UpstreamExchange } from "../upstream_exchange.ts";
import { acceptKey } from "../websocket_frames.ts";

/**
 * Answers a request to switch to SPDY/3.1, and agrees on a protocol above it
 * (kubernetes/kubernetes, apimachinery/pkg/util/httpstream).
 */
export async function switchToSpdy(
  exchange: UpstreamExchange,
  supported: readonly string[],
): Promise<void> {
  const { request } = exchange;
  if (request.values("upgrade").join() !== "SPDY/3.1") {
    throw new Error(`The client does not ask for SPDY/3.1: ${request.values("upgrade")}`);
  }
  const offered = request.values("x-stream-protocol-version").flatMap(members);
  exchange.closesAfter = true;
  await exchange.writeHead(101, {
    Connection: "Upgrade",
    Upgrade: "SPDY/3.1",
    "X-Stream-Protocol-Version": agree(offered, supported),
  });
}

/** Answers a WebSocket handshake (RFC 6455 section 4.2.2), and agrees on a subprotocol. */
export async function switchToWebSocket(
  exchange: UpstreamExchange,
  supported: readonly string[],
): Promise<void> {
  const { request } = exchange;
  const offered = request.values("sec-websocket-protocol").flatMap(members);
  exchange.closesAfter = true;
  await exchange.writeHead(101, {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Accept": await acceptKey(request.values("sec-websocket-key")[0] ?? ""),
    "Sec-WebSocket-Protocol": agree(offered, supported),
  });
}

function members(value: string): string[] {
  return value.split(",").map((member) => member.trim());
}

function agree(offered: readonly string[], supported: readonly string[]): string {
  const agreed = supported.find((protocol) => offered.includes(protocol));
  if (agreed === undefined) throw new Error(`None of ${offered} is among ${supported}`);
  return agreed;
}
