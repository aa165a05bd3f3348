import { createServer, type Server, type Socket } from "node:net";
import { ProxyError } from "../errors.ts";
import { closeAfter, type Downstream, headBuffers, type ProxyContext } from "./context.ts";
import { serveConnect } from "./connect.ts";
import { serveHttp1 } from "./http1_server.ts";
import { refusalResponse } from "./refusal.ts";
import { SocketStream } from "./socket_stream.ts";

interface Connection {
  readonly socket: Socket;
  busy: boolean;
}

/** The HTTP proxy's listening socket and the connections that came of it. */
export class Listener {
  readonly #server: Server;
  readonly #context: () => ProxyContext;
  readonly #connections = new Set<Connection>();
  #draining = false;
  #onEmpty: (() => void) | undefined;

  /** @param context What a new connection works with, asked for when it is accepted. */
  constructor(context: () => ProxyContext) {
    this.#context = context;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      void this.#serve(socket);
    });
  }

  /** Whether {@linkcode drain} has been called. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Starts to accept connections.
   *
   * @param address Port 0 picks a free one.
   * @returns The port.
   * @throws {Error} of node:net, if the address cannot be had.
   */
  listen({ hostname, port }: { hostname: string; port: number }): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once("error", reject);
    this.#server.listen({ host: hostname, port, backlog: 1024 }, () => {
      this.#server.off("error", reject);
      const bound = this.#server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
    return promise;
  }

  /**
   * Stops accepting, lets what is under way finish, and cuts what is left after the time.
   *
   * @param timeout Milliseconds.
   */
  async drain(timeout: number): Promise<void> {
    this.#draining = true;
    this.#server.close();
    for (const { socket, busy } of this.#connections) {
      if (!busy) socket.destroy();
    }
    if (this.#connections.size === 0) return;
    const { promise: empty, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    const alarm = setTimeout(() => {
      for (const { socket } of this.#connections) socket.destroy();
    }, timeout);
    await empty;
    clearTimeout(alarm);
  }

  async #serve(socket: Socket): Promise<void> {
    const context = this.#context();
    const connection: Connection = { socket, busy: false };
    this.#connections.add(connection);
    const stream = new SocketStream(socket);
    const deadline = context.deadlines.add(() => stream.close());
    socket.once("close", () => {
      deadline.release();
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#onEmpty?.();
    });
    const downstream: Downstream = {
      ...headBuffers(),
      stream,
      deadline,
      peer: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
      agent: "",
      setBusy: (busy) => {
        connection.busy = busy === "busy";
      },
    };
    if (this.#connections.size > context.limits.maxConnections) {
      const { maxConnections } = context.limits;
      const error = new ProxyError(
        "connection_limit",
        `All ${maxConnections} connections are in use`,
      );
      context.log.warn("refused", { kind: error.kind, client: downstream.peer });
      return await closeAfter(refusalResponse(error, { connection: "close" }), downstream);
    }
    await serveHttp1(downstream, { context, serveConnect });
  }
}
