/**
 * Stands between one client and the proxy, to do to their connection what networks do.
 *
 * @module
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ProxyProcess } from "./proxy_process.ts";

export interface RelayOptions {
  /** How many of the client's first bytes go on one by one, each in a packet of its own. */
  readonly dribbledBytes?: number;
}

export class Relay implements AsyncDisposable {
  /** What the client takes for the proxy's URL; good for one connection. */
  readonly url: string;
  readonly #listener: Deno.TcpListener;
  readonly #socket: Socket;
  readonly #relaying: Promise<void>;
  #dribbleLeft: number;

  private constructor(socket: Socket, options: RelayOptions) {
    this.#socket = socket;
    this.#dribbleLeft = options.dribbledBytes ?? 0;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#relaying = this.#relay();
  }

  static async start(proxy: ProxyProcess, options: RelayOptions = {}): Promise<Relay> {
    const socket = connect({ port: proxy.port, host: proxy.hostname, noDelay: true });
    await once(socket, "connect");
    return new Relay(socket, options);
  }

  /** Breaks the proxy's side off with a TCP reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    this.#listener.close();
    await this.#relaying;
  }

  async #relay(): Promise<void> {
    let client: Deno.TcpConn;
    try {
      client = await this.#listener.accept();
    } catch (error) {
      // No client came before the relay was disposed of.
      if (error instanceof Deno.errors.BadResource) return;
      throw error;
    }
    const writer = client.writable.getWriter();
    // What a reset does to either stream is of no interest here: the tests look at the proxy.
    this.#socket.on("error", () => {});
    this.#socket.on("data", (bytes) => void writer.write(bytes).catch(() => {}));
    this.#socket.on("close", () => void writer.close().catch(() => {}));
    try {
      for await (const bytes of client.readable) await this.#forward(bytes);
      this.#socket.end();
    } catch (error) {
      if (!this.#socket.destroyed) throw error;
    }
  }

  async #forward(bytes: Uint8Array): Promise<void> {
    const dribbled = Math.min(this.#dribbleLeft, bytes.length);
    this.#dribbleLeft -= dribbled;
    for (let index = 0; index < dribbled; index++) {
      await this.#write(bytes.subarray(index, index + 1));
    }
    if (dribbled < bytes.length) await this.#write(bytes.subarray(dribbled));
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }
}
