import type { ByteStream } from "./byte_stream.ts";
import type { Deadlines } from "./deadlines.ts";

/** A connection to an upstream, and how often it has been used. */
export interface UpstreamConnection {
  readonly key: string;
  readonly stream: ByteStream;
  /** Whether an exchange has been carried before: then the peer may have closed it meanwhile. */
  reused: boolean;
}

/** See `Limits`. */
export interface PoolLimits {
  readonly poolSize: number;
  readonly poolTotal: number;
  readonly poolIdleTimeout: number;
}

/**
 * Idle upstream connections by key.
 *
 * A read is under way on each of them: whatever it brings (the end, or octets that nobody asked for,
 * such as a second response) makes the connection useless, and it is closed.
 */
export class UpstreamPool {
  readonly #idle = new Map<string, UpstreamConnection[]>();
  /** All idle connections, the one that has waited longest first. */
  readonly #waiting = new Set<UpstreamConnection>();
  readonly #deadlines: Deadlines;
  readonly #limits: PoolLimits;
  #closed = false;

  constructor(
    deadlines: Deadlines,
    limits: PoolLimits,
  ) {
    this.#deadlines = deadlines;
    this.#limits = limits;
  }

  /** Takes the idle connection of that key that was used last, if there is one. */
  take(key: string): UpstreamConnection | undefined {
    const connections = this.#idle.get(key);
    const connection = connections?.pop();
    if (connections?.length === 0) this.#idle.delete(key);
    if (connection !== undefined) this.#waiting.delete(connection);
    return connection;
  }

  /** Keeps a connection for the next exchange of the same key. */
  put(connection: UpstreamConnection): void {
    const connections = this.#idle.get(connection.key) ?? [];
    if (this.#closed || connections.length >= this.#limits.poolSize) {
      connection.stream.close();
      return;
    }
    connection.reused = true;
    connections.push(connection);
    this.#idle.set(connection.key, connections);
    this.#waiting.add(connection);
    const deadline = this.#deadlines.add(() => this.#evict(connection));
    deadline.set(this.#limits.poolIdleTimeout);
    void connection.stream.readable().then(() => {
      deadline.release();
      this.#evict(connection);
    });
    const [oldest] = this.#waiting;
    if (this.#waiting.size > this.#limits.poolTotal && oldest !== undefined) this.#evict(oldest);
  }

  /** Closes all idle connections, and from now on every connection that is put back. */
  close(): void {
    this.#closed = true;
    for (const connections of this.#idle.values()) {
      for (const { stream } of connections) stream.close();
    }
    this.#idle.clear();
    this.#waiting.clear();
  }

  /** Closes the connection if it is still idle; one that is in use is its exchange's. */
  #evict(connection: UpstreamConnection): void {
    const connections = this.#idle.get(connection.key);
    const index = connections?.indexOf(connection) ?? -1;
    if (connections === undefined || index < 0) return;
    connections.splice(index, 1);
    this.#waiting.delete(connection);
    if (connections.length === 0) this.#idle.delete(connection.key);
    connection.stream.close();
  }
}
