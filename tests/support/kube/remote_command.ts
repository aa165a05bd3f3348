/**
 * `exec` and `attach` as an API server serves them: over SPDY/3.1 or a WebSocket, whichever the request
 * asks for (kubernetes/kubernetes, kubelet/pkg/cri/streaming/remotecommand).
 *
 * @module
 */

import { SpdyConnection, type SpdyStream } from "../spdy/connection.ts";
import { Queue } from "../spdy/queue.ts";
import type { UpstreamExchange } from "../upstream_exchange.ts";
import { readFrame, writeFrame } from "../websocket_frames.ts";
import { type Channels, exitStatus } from "./container.ts";
import { queryOf } from "./pod_table.ts";
import { switchToSpdy, switchToWebSocket } from "./switch_protocols.ts";

/** Runs with the channels that the client asks for; gives the exit code. */
export type Run = (channels: Channels) => Promise<number>;

/** Protocols by preference; the error stream is the same in both (v5 can close a channel, too). */
const webSocketProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const spdyProtocols = ["v4.channel.k8s.io"];

export async function serveRemoteCommand(exchange: UpstreamExchange, run: Run): Promise<void> {
  if (exchange.request.values("upgrade").join().toLowerCase() === "websocket") {
    await serveByWebSocket(exchange, run);
  } else await serveBySpdy(exchange, run);
}

async function serveBySpdy(exchange: UpstreamExchange, run: Run): Promise<void> {
  await switchToSpdy(exchange, spdyProtocols);
  const connection = new SpdyConnection(exchange.reader, exchange.connection);
  const ended = connection.run();
  // Awaited at the end; the client may break off before.
  ended.catch(() => {});
  const query = queryOf(exchange.request.target);
  const expected = ["stdin", "stdout", "stderr"].filter((name) => query.get(name) === "true");
  const streams = new Map<string, SpdyStream>();
  while (streams.size < expected.length + 1) {
    const stream = await connection.streams.next();
    if (stream === undefined) throw new Error("The client ended before all its streams were there");
    streams.set(stream.headers.get("streamtype") ?? "", stream);
  }
  const code = await run({
    stdin: streams.get("stdin")?.received ?? nothing(),
    write: async (channel, octets) => await streams.get(channel)?.write(octets),
  });
  await streams.get("error")?.write(statusOctets(code));
  for (const stream of streams.values()) await stream.end();
  await ended;
}

/** The first octet of each message is its channel. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3 } as const;
/** In the fifth version: the second octet tells which channel ends. */
const CLOSE = 255;

async function serveByWebSocket(exchange: UpstreamExchange, run: Run): Promise<void> {
  await switchToWebSocket(exchange, webSocketProtocols);
  const { connection, reader } = exchange;
  const stdin = new Queue<Uint8Array>();
  async function send(channel: number, octets: Uint8Array): Promise<void> {
    // The frames of these tests are short.
    for (let at = 0; at < octets.length; at += 32_768) {
      const payload = Uint8Array.from([channel, ...octets.subarray(at, at + 32_768)]);
      await writeFrame(connection, { opcode: "binary", payload });
    }
  }
  async function receive(): Promise<void> {
    for (;;) {
      const { opcode, payload } = await readFrame(reader);
      if (opcode === "close") return;
      if (opcode === "ping") await writeFrame(connection, { opcode: "pong", payload });
      else if (payload[0] === channels.stdin) stdin.push(payload.slice(1));
      else if (payload[0] === CLOSE && payload[1] === channels.stdin) stdin.end();
    }
  }
  const received = receive().catch(() => {}).finally(() => stdin.end());
  if (queryOf(exchange.request.target).get("stdin") !== "true") stdin.end();
  const code = await run({ stdin, write: (name, octets) => send(channels[name], octets) });
  await send(channels.error, statusOctets(code));
  const normal = Uint8Array.of(1000 >> 8, 1000 & 0xff);
  await writeFrame(connection, { opcode: "close", payload: normal });
  await received;
}

function statusOctets(code: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(exitStatus(code)));
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
