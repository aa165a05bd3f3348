import { createServer, type Server, type Socket } from "node:net";
import { ProxyError } from "../errors.ts";
import { ConnectionTable, type Full } from "./connection_table.ts";
import { closeAfter, type Downstream, headBuffers, type ProxyContext } from "./context.ts";
import { serveConnect } from "./connect.ts";
import { ACCEPT_BACKLOG, hasSpareDescriptors, wakeAccept } from "./descriptors.ts";
import { serveHttp1 } from "./http1_server.ts";
import type { Limits } from "./limits.ts";
import { refusalResponse } from "./refusal.ts";
import { SocketStream } from "./socket_stream.ts";

/** How often the listener looks after itself, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** How many may be told at a time that there is no room; who comes then is cut off. */
const MAX_REFUSING = 64;

/** With so few connections, descriptors do not run out because of them. */
const FEW_CONNECTIONS = 16;

interface Connection {
  readonly socket: Socket;
  busy: boolean;
}

/** The HTTP proxy's listening socket and the connections that came of it. */
export class Listener {
  readonly #server: Server;
  readonly #context: () => ProxyContext;
  readonly #connections = new Set<Connection>();
  readonly #table = new ConnectionTable();
  #refusing = 0;
  /** Since the last check. */
  #evicted = 0;
  #refused = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Descriptors have run out before: an accept may have failed for want of one. */
  #scarce = false;
  #draining = false;
  #onEmpty: (() => void) | undefined;

  /** @param context What a new connection works with, asked for when it is accepted. */
  constructor(context: () => ProxyContext) {
    this.#context = context;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      void this.#accept(socket);
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
    this.#server.listen({ host: hostname, port, backlog: ACCEPT_BACKLOG }, () => {
      this.#server.off("error", reject);
      // One failed accept is that connection's end, not the listener's.
      this.#server.on("error", (error) => {
        this.#context().log.warn("accept failed", { reason: error.message });
      });
      this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL);
      Deno.unrefTimer(this.#timer);
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
    clearInterval(this.#timer);
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

  #accept(socket: Socket): void {
    const context = this.#context();
    const client = socket.remoteAddress ?? "?";
    const connection: Connection = { socket, busy: false };
    const admission = this.#table.admit({
      client,
      close: () => {
        this.#evicted++;
        socket.destroy();
      },
    }, context.limits);
    if (typeof admission === "string" && !this.#mayRefuse()) return void socket.destroy();
    this.#connections.add(connection);
    const stream = new SocketStream(socket);
    const deadline = context.deadlines.add(() => socket.destroy());
    socket.once("close", () => {
      deadline.release();
      if (typeof admission === "string") this.#refusing--;
      else admission.leave();
      this.#connections.delete(connection);
      if (this.#scarce) wakeAccept(this.#server);
      if (this.#connections.size === 0) this.#onEmpty?.();
    });
    const downstream: Downstream = {
      ...headBuffers(),
      stream,
      deadline,
      peer: `${client}:${socket.remotePort ?? 0}`,
      agent: "",
      setBusy: (busy) => {
        connection.busy = busy !== "idle";
        if (typeof admission === "string") return true;
        if (busy === "busy") return admission.work();
        admission.wait();
        return true;
      },
    };
    if (typeof admission === "string") {
      return void closeAfter(fullResponse(admission, context.limits), downstream);
    }
    void serve(downstream, context);
  }

  /** Whether there is room to tell one more client that there is no room. */
  #mayRefuse(): boolean {
    this.#refused++;
    if (this.#refusing >= MAX_REFUSING) return false;
    this.#refusing++;
    return true;
  }

  #check(): void {
    const { log, limits } = this.#context();
    const { size } = this.#table;
    if (size > FEW_CONNECTIONS && !hasSpareDescriptors()) {
      // What is left over is for new connections, before an old one makes room, and for upstreams.
      const leftOver = Math.max(FEW_CONNECTIONS, Math.ceil(size / 10));
      const ceiling = Math.max(FEW_CONNECTIONS, size - leftOver);
      this.#scarce = true;
      if (this.#table.lowerCeiling(ceiling)) {
        log.warn("out of file descriptors", {
          reason: `with ${size} clients; from now on no more than ${ceiling} are accepted: raise ` +
            `the hard limit (ulimit -Hn), or lower max-connections (${limits.maxConnections})`,
        });
      }
    }
    wakeAccept(this.#server);
    if (this.#evicted === 0 && this.#refused === 0) return;
    // One line for all of them: a flood must not fill the log.
    log.warn("connection limit reached", {
      reason: `${this.#evicted} waiting connections closed in favour of new ones, ` +
        `${this.#refused} new ones refused`,
    });
    this.#evicted = 0;
    this.#refused = 0;
  }
}

/**
 * Serves a connection, then the one inside. The one variable is all that holds either: what belonged
 * to the outer one alone is let go.
 */
async function serve(downstream: Downstream | undefined, context: ProxyContext): Promise<void> {
  if (downstream !== undefined) {
    downstream = await serveHttp1(downstream, { context, serveConnect });
  }
  if (downstream !== undefined) await serveHttp1(downstream, { context });
}

function fullResponse(full: Full, limits: Limits): Uint8Array {
  const text = full === "client"
    ? `All ${limits.maxConnectionsPerClient} connections of one client are at work`
    : "All connections of the proxy are at work";
  return refusalResponse(new ProxyError("connection_limit", text), { connection: "close" });
}
