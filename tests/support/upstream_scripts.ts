/**
 * Ready-made answers for an upstream.
 *
 * @module
 */

import type { Handler } from "./upstream.ts";
import type { UpstreamExchange } from "./upstream_exchange.ts";
import { delay } from "./wait_until.ts";
import { acceptKey, readFrame, writeFrame } from "./websocket_frames.ts";

/** Answers `value` as JSON, whatever is asked. */
export function json(value: unknown): Handler {
  return (exchange) => exchange.respondJson(value);
}

/** Chooses a handler by the request's path; anything else gets 404. */
export function byPath(handlers: Readonly<Record<string, Handler>>): Handler {
  return (exchange) => {
    const handler = handlers[exchange.request.path];
    return handler === undefined ? exchange.respond({ status: 404 }) : handler(exchange);
  };
}

export interface SseOptions {
  readonly events: number;
  /** Milliseconds between two events. */
  readonly gapMs: number;
}

/** Server-sent events `0`, `1`, … each with the time (ms since the epoch) at which it was sent. */
export function serverSentEvents(options: SseOptions): Handler {
  return async (exchange) => {
    await exchange.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Transfer-Encoding": "chunked",
    });
    for (let id = 0; id < options.events; id++) {
      if (id > 0) await delay(options.gapMs);
      await writeChunk(exchange, `id: ${id}\ndata: ${Date.now()}\n\n`);
    }
    await exchange.write("0\r\n\r\n");
  };
}

/** The request's body back, chunked, with its length in a trailer. */
export const echoWithTrailers: Handler = async (exchange) => {
  const body = await exchange.bodyText();
  await exchange.writeHead(200, { "Transfer-Encoding": "chunked", Trailer: "X-Length" });
  for (const character of body) await writeChunk(exchange, character);
  await exchange.write(`0\r\nX-Length: ${body.length}\r\n\r\n`);
};

/** Upgrades to websocket and sends every message back until the client closes. */
export const echoWebSocket: Handler = async (exchange) => {
  const [key] = exchange.request.values("sec-websocket-key");
  if (key === undefined) return await exchange.respond({ status: 400 });
  await exchange.writeHead(101, {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": await acceptKey(key),
  });
  exchange.closesAfter = true;
  for (;;) {
    const frame = await readFrame(exchange.reader);
    if (!frame.masked) throw new Error("The client's frame is not masked");
    await writeFrame(exchange.connection, { opcode: frame.opcode, payload: frame.payload });
    if (frame.opcode === "close") return;
  }
};

/** A body of `bytes` zeros, written only as fast as the peer reads. */
export function download(bytes: number): Handler {
  return async (exchange) => {
    await exchange.writeHead(200, { "Content-Length": String(bytes) });
    const block = new Uint8Array(64 * 1024);
    for (let left = bytes; left > 0; left -= block.length) {
      await exchange.write(left < block.length ? block.subarray(0, left) : block);
    }
  };
}

/** Reads the whole body, however long, and answers how many bytes it had. */
export const countUpload: Handler = async (exchange) => {
  await exchange.discardBody();
  await exchange.respondJson({ bytes: exchange.request.bodyBytes });
};

/** Sends the head and half of the promised body, then breaks off. */
export const killMidResponse: Handler = async (exchange) => {
  await exchange.writeHead(200, { "Content-Length": "2000" });
  await exchange.write("x".repeat(1000));
  exchange.kill();
};

/** A chunk every 50 ms for as long as anyone listens. */
export const endless: Handler = async (exchange) => {
  exchange.closesAfter = true;
  await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
  for (;;) {
    await writeChunk(exchange, "tick\n");
    await delay(50);
  }
};

export async function writeChunk(exchange: UpstreamExchange, text: string): Promise<void> {
  const length = new TextEncoder().encode(text).length;
  await exchange.write(`${length.toString(16)}\r\n${text}\r\n`);
}
