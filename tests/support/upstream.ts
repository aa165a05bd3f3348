/**
 * A recording HTTP/1.1 server: keeps every head exactly as it came, and answers as scripted.
 *
 * @module
 */

import { type ByteSource, HttpReader } from "./http_reader.ts";
import type { ServerCertificate } from "./test_pki.ts";
import { RecordedRequest, UpstreamExchange } from "./upstream_exchange.ts";
import { waitUntil } from "./wait_until.ts";

/** Answers one request. What it leaves of the request's body is read and thrown away. */
export type Handler = (exchange: UpstreamExchange) => Promise<void> | void;

export interface UpstreamOptions {
  /** Speaks TLS with this certificate; plain HTTP without one. */
  readonly certificate?: ServerCertificate;
  readonly handler: Handler;
  /** The address to listen on; 127.0.0.1 if not given. */
  readonly hostname?: string;
  /** A free one if not given. */
  readonly port?: number;
}

export class Upstream implements AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
  /** Every request whose head came, in the order of arrival. */
  readonly requests: RecordedRequest[] = [];
  /** What went wrong on connections, for instance a handshake that the peer broke off. */
  readonly connectionErrors: string[] = [];
  /** Connections accepted since the start. */
  acceptedConnections = 0;
  /** Bytes of HTTP received since the start: those inside TLS, not those of its handshake. */
  receivedBytes = 0;
  readonly #listener: Deno.Listener<Deno.Conn>;
  readonly #handler: Handler;
  readonly #open = new Map<number, Deno.Conn>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  private constructor(options: UpstreamOptions) {
    const address = { hostname: options.hostname ?? "127.0.0.1", port: options.port ?? 0 };
    this.#listener = options.certificate === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, ...options.certificate, alpnProtocols: ["http/1.1"] });
    const bound = this.#listener.addr as Deno.NetAddr;
    this.hostname = bound.hostname;
    this.port = bound.port;
    this.#handler = options.handler;
    this.#accepting = this.#acceptAll();
  }

  static listen(options: UpstreamOptions): Upstream {
    return new Upstream(options);
  }

  /** `HOST:PORT` of the listener. */
  get address(): string {
    return `${this.hostname}:${this.port}`;
  }

  get openConnections(): number {
    return this.#open.size;
  }

  /** The only request so far; throws unless there is exactly one. */
  get onlyRequest(): RecordedRequest {
    const [request, ...others] = this.requests;
    if (request === undefined || others.length > 0) {
      throw new Error(`The upstream has ${this.requests.length} requests, not one`);
    }
    return request;
  }

  async waitForRequests(count: number): Promise<void> {
    await waitUntil(() => this.requests.length >= count, {
      what: `the upstream has ${count} requests (it has ${this.requests.length})`,
    });
  }

  /** Resolves once the last connection has gone. */
  async waitUntilIdle(): Promise<void> {
    await waitUntil(() => this.#open.size === 0, {
      what: `the upstream's last connection is closed (${this.#open.size} are open)`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open.values()) closeQuietly(connection);
    await this.#accepting;
    await Promise.all(this.#serving);
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      let connection: Deno.Conn;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
        throw error;
      }
      const id = this.acceptedConnections++;
      this.#open.set(id, connection);
      const serving = this.#serve(connection, id).finally(() => {
        this.#open.delete(id);
        closeQuietly(connection);
        this.#serving.delete(serving);
      });
      this.#serving.add(serving);
    }
  }

  async #serve(connection: Deno.Conn, id: number): Promise<void> {
    try {
      const reader = new HttpReader(this.#counting(connection));
      for (;;) {
        const head = await reader.readHead();
        if (head === undefined) return;
        const request = new RecordedRequest(head, id);
        this.requests.push(request);
        const exchange = new UpstreamExchange({ request, reader, connection });
        await this.#handler(exchange);
        if (exchange.closesAfter) return;
        await exchange.discardBody();
        if (request.wantsClose) return;
      }
    } catch (error) {
      this.connectionErrors.push(error instanceof Error ? error.message : String(error));
    }
  }

  #counting(connection: Deno.Conn): ByteSource {
    return {
      read: async (buffer) => {
        const count = await connection.read(buffer);
        this.receivedBytes += count ?? 0;
        return count;
      },
    };
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
