/**
 * Another proxy, between ours and a service: it knows CONNECT and nothing else.
 *
 * @module
 */

import { writeAll } from "./write_all.ts";

export interface ConnectProxyOptions {
  /** The answer to CONNECT, but for the empty line; a 200 if not given. */
  readonly answer?: string;
  /** Where tunnels lead, whatever they are for. */
  readonly to: string;
}

export class ConnectProxy implements AsyncDisposable {
  /** The heads of the requests. */
  readonly heads: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #options: ConnectProxyOptions;
  readonly #work: Promise<void>;

  constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.#work = this.#acceptAll();
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
    await this.#work;
  }

  async #acceptAll(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#open.add(connection);
      served.push(this.#serve(connection).catch(() => closeQuietly(connection)));
    }
    await Promise.all(served);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    let head = "";
    const buffer = new Uint8Array(4096);
    while (!head.endsWith("\r\n\r\n")) {
      const count = await client.read(buffer);
      // Ours tries an address out before it uses it.
      if (count === null) return closeQuietly(client);
      head += new TextDecoder().decode(buffer.subarray(0, count));
    }
    this.heads.push(head);
    const { answer = "HTTP/1.1 200 OK", to } = this.#options;
    await writeAll(client, `${answer}\r\n\r\n`);
    const [hostname = "", port = ""] = to.split(":");
    const upstream = await Deno.connect({ hostname, port: Number(port) });
    this.#open.add(upstream);
    await Promise.allSettled([
      client.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(client.writable),
    ]);
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It has been closed by what was piped through it.
  }
}
