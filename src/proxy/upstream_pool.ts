import type { ByteStream } from "./byte_stream.ts";
import type { Protocol } from "./protocol.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";

/** A connection to an upstream, and how often it has been used. */
export interface UpstreamConnection {
  readonly key: string;
  readonly stream: ByteStream;
  readonly protocol: Protocol;
  /** Whether an exchange has been carried before: then the peer may have closed it meanwhile. */
  reused: boolean;
}

/** See `Limits`. */
export interface PoolLimits {
  readonly poolSize: number;
  readonly poolTotal: number;
  readonly poolIdleTimeout: number;
}

/** One stay of a connection in the pool. */
interface Wait {
  readonly since: number;
}

/**
 * Idle upstream connections by key.
 *
 * A read is under way on each of them: whatever it brings (the end, or octets that nobody asked for,
 * such as a second response) makes the connection useless, and it is closed.
 */
export class UpstreamPool {
  readonly #idle = new Map<string, UpstreamConnection[]>();
  /** Since when each idle connection is here; the one that has waited longest comes first. */
  readonly #waiting = new Map<UpstreamConnection, Wait>();
  readonly #limits: PoolLimits;
  readonly #deadlines: Deadlines;
  readonly #nextExpiry: Deadline;
  #closed = false;

  constructor(deadlines: Deadlines, limits: PoolLimits) {
    this.#limits = limits;
    this.#deadlines = deadlines;
    this.#nextExpiry = deadlines.add(() => this.#evictExpired());
  }

  /** How many connections are idle. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Takes the idle connection of that key that was used last, if there is one that is of use. */
  take(key: string): UpstreamConnection | undefined {
    const connections = this.#idle.get(key);
    let connection = connections?.pop();
    while (connection?.stream.isReadable) {
      this.#waiting.delete(connection);
      connection.stream.close();
      connection = connections?.pop();
    }
    if (connections?.length === 0) this.#idle.delete(key);
    if (connection !== undefined) this.#waiting.delete(connection);
    return connection;
  }

  /** Keeps a connection for the next exchange of the same key, if it is of use. */
  put(connection: UpstreamConnection): void {
    const connections = this.#idle.get(connection.key) ?? [];
    const { stream } = connection;
    if (this.#closed || connections.length >= this.#limits.poolSize || stream.isReadable) {
      stream.close();
      return;
    }
    connection.reused = true;
    connections.push(connection);
    this.#idle.set(connection.key, connections);
    if (this.#waiting.size === 0) this.#nextExpiry.set(this.#limits.poolIdleTimeout);
    const wait = { since: this.#deadlines.now };
    this.#waiting.set(connection, wait);
    void stream.readable().then(() => {
      // It may have been taken, and even be back.
      if (this.#waiting.get(connection) === wait) this.#evict(connection);
    });
    if (this.#waiting.size > this.#limits.poolTotal) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#evict(oldest);
    }
  }

  /** Closes all idle connections, and from now on every connection that is put back. */
  close(): void {
    this.#closed = true;
    this.#nextExpiry.release();
    for (const { stream } of this.#waiting.keys()) stream.close();
    this.#idle.clear();
    this.#waiting.clear();
  }

  /** Closes the connection if it is still idle; one that is in use is its exchange's. */
  #evict(connection: UpstreamConnection): void {
    if (!this.#waiting.delete(connection)) return;
    const connections = this.#idle.get(connection.key) ?? [];
    connections.splice(connections.indexOf(connection), 1);
    if (connections.length === 0) this.#idle.delete(connection.key);
    connection.stream.close();
  }

  #evictExpired(): void {
    const { poolIdleTimeout } = this.#limits;
    const { now } = this.#deadlines;
    for (const [connection, { since }] of this.#waiting) {
      const left = since + poolIdleTimeout - now;
      if (left > 0) return this.#nextExpiry.set(left);
      this.#evict(connection);
    }
  }
}
