/**
 * `port-forward` as a kubelet serves it: for each connection a pair of streams, one for data and one for
 * errors, on SPDY/3.1, which newer clients put into WebSocket messages (KEP-4006).
 *
 * @module
 */

import { HttpReader } from "../http_reader.ts";
import { SpdyConnection, type SpdyStream } from "../spdy/connection.ts";
import type { UpstreamExchange } from "../upstream_exchange.ts";
import { switchToSpdy, switchToWebSocket } from "./switch_protocols.ts";
import { WebSocketBytes } from "./websocket_bytes.ts";

/** One forwarded connection. Throws if the port cannot be reached. */
export type Forward = (
  port: number,
  stream: { received: AsyncIterable<Uint8Array>; write(octets: Uint8Array): Promise<void> },
) => Promise<void>;

export async function servePortForward(
  exchange: UpstreamExchange,
  forward: Forward,
): Promise<void> {
  let connection: SpdyConnection;
  if (exchange.request.values("upgrade").join().toLowerCase() === "websocket") {
    await switchToWebSocket(exchange, ["SPDY/3.1+portforward.k8s.io"]);
    const bytes = new WebSocketBytes(exchange);
    connection = new SpdyConnection(new HttpReader(bytes), bytes);
  } else {
    await switchToSpdy(exchange, ["portforward.k8s.io"]);
    connection = new SpdyConnection(exchange.reader, exchange.connection);
  }
  const ended = connection.run();
  // Awaited at the end; the client may break off before.
  ended.catch(() => {});
  const errors = new Map<string, SpdyStream>();
  const pairs: Promise<void>[] = [];
  for await (const stream of connection.streams) {
    const id = stream.headers.get("requestid") ?? "";
    if (stream.headers.get("streamtype") === "error") errors.set(id, stream);
    else {
      const error = errors.get(id);
      if (error === undefined) throw new Error(`The data stream of ${id} comes first`);
      pairs.push(servePair({ data: stream, error }, forward));
    }
  }
  await Promise.allSettled(pairs);
  await ended;
}

async function servePair(
  { data, error }: { data: SpdyStream; error: SpdyStream },
  forward: Forward,
): Promise<void> {
  try {
    await forward(Number(data.headers.get("port")), data);
  } catch (thrown) {
    await error.write(new TextEncoder().encode(String(thrown)));
  }
  await data.end();
  await error.end();
}
