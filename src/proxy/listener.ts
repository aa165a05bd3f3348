import { createServer, type Server, type Socket } from "node:net";
import { ProxyError } from "../errors.ts";
import type { ClientIdentity } from "../policy/client_identity.ts";
import { clientNetwork } from "../wire/client_network.ts";
import { ClientConnection } from "./client_connection.ts";
import { ConnectionCeiling } from "./connection_ceiling.ts";
import { ConnectionTable, type Full } from "./connection_table.ts";
import type { ProxyContext } from "./context.ts";
import { ACCEPT_BACKLOG, hasSpareDescriptors, wakeAccept } from "./descriptors.ts";
import type { Ingress } from "./ingress.ts";
import type { Limits } from "./limits.ts";
import { refusalResponse } from "./refusal.ts";

/** How often the listener looks after itself, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** How many may be told at a time that there is no room; who comes then is cut off. */
const MAX_REFUSING = 64;

/** The HTTP proxy's listening sockets and the connections that came of them. */
export class Listener {
  readonly #servers: Server[] = [];
  readonly #context: () => ProxyContext;
  readonly #connections = new Set<ClientConnection>();
  readonly #table = new ConnectionTable();
  readonly #ceiling = new ConnectionCeiling();
  #refusing = 0;
  #evicted = 0;
  readonly #refused = { client: 0, proxy: 0 };
  /** What of them the log has been told. */
  #told = { evicted: 0, refused: 0 };
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Descriptors have run out before: an accept may have failed for want of one. */
  #scarce = false;
  #accepting = true;
  #draining = false;
  #onEmpty: (() => void) | undefined;

  /** @param context What a new connection works with, asked for when it is accepted. */
  constructor(context: () => ProxyContext) {
    this.#context = context;
  }

  /** How many client connections are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** How many were closed in favour of new ones, and how many refused: by whose limit was reached. */
  get counts(): { readonly evicted: number; readonly refused: Readonly<Record<Full, number>> } {
    return { evicted: this.#evicted, refused: this.#refused };
  }

  /** Whether {@linkcode announceEnd} or {@linkcode drain} has been called. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Whether connections are accepted, and those that are open may send another request. */
  get accepting(): boolean {
    return this.#accepting;
  }

  /**
   * Starts to accept connections at one more address.
   *
   * @param address Port 0 picks a free one.
   * @returns The port.
   * @throws {Error} of node:net, if the address cannot be had.
   */
  listen(
    { hostname, port }: { hostname: string; port: number },
    ingress: Ingress,
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#accept(socket, { server, ingress });
    });
    server.once("error", reject);
    server.listen({ host: hostname, port, backlog: ACCEPT_BACKLOG }, () => {
      server.off("error", reject);
      // One failed accept is that connection's end, not the listener's.
      server.on("error", (error) => {
        this.#context().log.warn("accept failed", { reason: error.message });
      });
      this.#servers.push(server);
      if (this.#timer === undefined) {
        this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL);
        Deno.unrefTimer(this.#timer);
      }
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
    return promise;
  }

  /**
   * Goes on as before, but for telling clients with each answer that their connection ends. Whoever
   * sends clients here has time to notice that there will be nobody soon, and clients leave by
   * themselves, between two requests.
   */
  announceEnd(): void {
    this.#draining = true;
  }

  /**
   * Stops accepting, lets what is under way finish, and cuts what is left after the time.
   *
   * @param timeout Milliseconds.
   */
  async drain(timeout: number): Promise<void> {
    this.#draining = true;
    this.#accepting = false;
    clearInterval(this.#timer);
    for (const server of this.#servers) server.close();
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

  /** Cuts the connections whose clients may not go on as whom they proved to be. */
  cutUnadmitted(): void {
    for (const connection of this.#connections) {
      if (!connection.isAdmitted) connection.socket.destroy();
    }
  }

  /** Whom the clients of the open connections have proved to be, one for each connection. */
  identities(): ClientIdentity[] {
    return [...this.#connections].flatMap(({ identity }) => identity ?? []);
  }

  #accept(socket: Socket, { server, ingress }: { server: Server; ingress: Ingress }): void {
    const context = ingress.context();
    const client = clientNetwork(socket.remoteAddress ?? "?");
    const admission = this.#table.admit({
      client,
      close: () => {
        this.#evicted++;
        socket.destroy();
      },
    }, context.limits);
    if (typeof admission === "string") {
      this.#refused[admission]++;
      if (!this.#mayRefuse(ingress)) return void socket.destroy();
    }
    const connection = new ClientConnection(socket, {
      ingress,
      admission,
      admitExchange: () => this.#admitExchange(client, context.limits),
    });
    this.#connections.add(connection);
    const deadline = context.deadlines.add(() => socket.destroy());
    // What is done for a client may outlive its socket, and holds descriptors as well.
    let held = 2;
    const letGo = () => {
      held--;
      if (held === 0 && typeof admission !== "string") admission.leave();
    };
    socket.once("close", () => {
      letGo();
      deadline.release();
      if (typeof admission === "string") this.#refusing--;
      this.#connections.delete(connection);
      if (this.#scarce) wakeAccept(server);
      if (this.#connections.size === 0) this.#onEmpty?.();
    });
    const served = connection.serve({
      deadline,
      ...(typeof admission === "string"
        ? { refusal: fullResponse(admission, context.limits) }
        : {}),
    });
    void served.then(letGo);
  }

  /** See `SocketDownstream.admitExchange`. */
  #admitExchange(client: string, limits: Limits): (() => void) | undefined {
    const admission = this.#table.admit({ client, close: () => {} }, limits);
    if (typeof admission === "string") {
      this.#refused[admission]++;
      return undefined;
    }
    // At work from the first to the last: it is never closed in favour of another.
    admission.work();
    return () => admission.leave();
  }

  /**
   * Whether there is room to tell one more client that there is no room. Where TLS is all that is spoken
   * it is not told: a handshake takes more than the connection is refused for.
   */
  #mayRefuse({ speaks }: Ingress): boolean {
    if (speaks.kind === "tls" || this.#refusing >= MAX_REFUSING) return false;
    this.#refusing++;
    return true;
  }

  #check(): void {
    const { log } = this.#context();
    this.#adjustCeiling();
    for (const server of this.#servers) wakeAccept(server);
    const refused = this.#refused.client + this.#refused.proxy;
    const since = {
      evicted: this.#evicted - this.#told.evicted,
      refused: refused - this.#told.refused,
    };
    if (since.evicted === 0 && since.refused === 0) return;
    // One line for all of them: a flood must not fill the log.
    log.warn("connection limit reached", {
      reason: `${since.evicted} waiting connections closed in favour of new ones, ` +
        `${since.refused} new ones refused`,
    });
    this.#told = { evicted: this.#evicted, refused };
  }

  #adjustCeiling(): void {
    const { log, limits: { maxConnections } } = this.#context();
    const { size } = this.#table;
    const change = this.#ceiling.check({ size, maxConnections, hasSpare: hasSpareDescriptors });
    if (change === "same") return;
    const { value } = this.#ceiling;
    this.#table.setCeiling(value);
    this.#scarce = true;
    if (change === "lifted") log.info("file descriptors to spare again");
    if (change !== "lowered") return;
    log.warn("out of file descriptors", {
      reason: `with ${size} clients; for now no more than ${value} are accepted: raise ` +
        `the hard limit (ulimit -Hn), or lower max-connections (${maxConnections})`,
    });
  }
}

function fullResponse(full: Full, limits: Limits): Uint8Array {
  const text = full === "client"
    ? `All ${limits.maxConnectionsPerClient} connections of one client are at work`
    : "All connections of the proxy are at work";
  return refusalResponse(new ProxyError("connection_limit", text), { connection: "close" });
}
