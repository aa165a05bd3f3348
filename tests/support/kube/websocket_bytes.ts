import type { ByteSource } from "../http_reader.ts";
import type { UpstreamExchange } from "../upstream_exchange.ts";
import type { ByteSink } from "../write_all.ts";
import { readFrame, writeFrame } from "../websocket_frames.ts";

/** Reads and writes the content of a WebSocket's binary messages as one stream, on the server's side. */
export class WebSocketBytes implements ByteSource, ByteSink {
  readonly #exchange: UpstreamExchange;
  #unread: Uint8Array = new Uint8Array();

  constructor(exchange: UpstreamExchange) {
    this.#exchange = exchange;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#unread.length === 0) {
      const { opcode, payload } = await readFrame(this.#exchange.reader);
      if (opcode === "close") return null;
      if (opcode === "ping") {
        await writeFrame(this.#exchange.connection, { opcode: "pong", payload });
      } else this.#unread = payload;
    }
    const count = Math.min(buffer.length, this.#unread.length);
    buffer.set(this.#unread.subarray(0, count));
    this.#unread = this.#unread.subarray(count);
    return count;
  }

  async write(octets: Uint8Array): Promise<number> {
    const payload = octets.subarray(0, 32_768);
    await writeFrame(this.#exchange.connection, { opcode: "binary", payload });
    return payload.length;
  }
}
