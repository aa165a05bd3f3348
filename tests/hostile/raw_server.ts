import type { ServerCertificate } from "../support/test_pki.ts";

/** Speaks to one client until it is done with it. */
export type Serve = (connection: Deno.Conn) => Promise<void>;

export interface RawServerOptions {
  /** Speaks TLS with it; in clear without one. */
  readonly certificate?: ServerCertificate | undefined;
  /** 127.0.0.1 if not given. */
  readonly hostname?: string | undefined;
}

/** Listens on a free port and leaves every octet of a connection to whoever serves it. */
export class RawServer implements AsyncDisposable {
  /** `HOST:PORT`. */
  readonly address: string;
  readonly #listener: Deno.Listener<Deno.Conn>;
  readonly #serve: Serve;
  readonly #open = new Set<Deno.Conn>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  private constructor(listener: Deno.Listener<Deno.Conn>, serve: Serve) {
    this.#listener = listener;
    this.#serve = serve;
    const { hostname, port } = listener.addr as Deno.NetAddr;
    this.address = `${hostname}:${port}`;
    this.#accepting = this.#acceptAll();
  }

  /** What `serve` throws ends its connection. */
  static listen(
    serve: Serve,
    { certificate, hostname = "127.0.0.1" }: RawServerOptions = {},
  ): RawServer {
    const where = { hostname, port: 0 };
    const listener = certificate === undefined
      ? Deno.listen(where)
      : Deno.listenTls({ ...where, ...certificate, alpnProtocols: ["http/1.1"] });
    return new RawServer(listener, serve);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
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
        throw error;
      }
      this.#open.add(connection);
      const serving = this.#serve(connection).catch(() => {}).finally(() => {
        closeQuietly(connection);
        this.#open.delete(connection);
        this.#serving.delete(serving);
      });
      this.#serving.add(serving);
    }
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
