import { ProxyError } from "../../errors.ts";
import type { ByteStream } from "../byte_stream.ts";
import type { Deadlines } from "../deadlines.ts";
import type { Limits } from "../limits.ts";
import type { UpstreamConnection } from "../upstream_pool.ts";
import type { WindowReserve } from "./receive_window.ts";
import { Http2Session } from "./session.ts";
import { UpstreamStream } from "./upstream_stream.ts";

/**
 * The HTTP/2 connections to services, by key, each for many exchanges at once.
 *
 * One is opened when there is none with room; whoever needs one meanwhile waits for it.
 */
export class UpstreamSessions {
  readonly #sessions = new Map<string, Set<Http2Session>>();
  readonly #deadlines: Deadlines;
  readonly #limits: Limits;
  readonly #reserve: WindowReserve;
  #closed = false;

  constructor(
    { deadlines, limits, reserve }: {
      deadlines: Deadlines;
      limits: Limits;
      reserve: WindowReserve;
    },
  ) {
    this.#deadlines = deadlines;
    this.#limits = limits;
    this.#reserve = reserve;
  }

  /** On how many connections nothing is under way. */
  get idle(): number {
    let idle = 0;
    for (const sessions of this.#sessions.values()) {
      for (const session of sessions) if (session.size === 0) idle++;
    }
    return idle;
  }

  /** A new stream on a connection that is there, if one has room. */
  take(key: string): UpstreamConnection | undefined {
    for (const session of this.#sessions.get(key) ?? []) {
      if (session.hasRoom) return { ...this.#stream(session, key), reused: true };
    }
    return undefined;
  }

  /**
   * Speaks HTTP/2 on a new connection, and waits until the service has said how.
   *
   * @throws {ProxyError} `tls_protocol_error` if it does not.
   */
  async start(io: ByteStream, key: string): Promise<UpstreamConnection> {
    const { connectTimeout, head, maxStreams, stallTimeout, poolIdleTimeout } = this.#limits;
    const session = new Http2Session(io, {
      maxStreams,
      maxSectionOctets: head.maxBytes,
      reserve: this.#reserve,
      now: () => this.#deadlines.now,
    });
    const deadline = this.#deadlines.add(() => session.close());
    deadline.set(connectTimeout);
    deadline.onTick = (now) => {
      if (io.writes.stalledFor(now) >= stallTimeout) session.close();
      session.checkPeer();
    };
    session.onIdle = () => {
      if (this.#closed) session.goAway();
      deadline.set(poolIdleTimeout);
    };
    let ended = false;
    session.onEnd = () => {
      ended = true;
      deadline.release();
      this.#forget(session, key);
    };
    void session.run();
    try {
      await session.ready;
    } catch (cause) {
      throw new ProxyError(
        "tls_protocol_error",
        "The destination chose HTTP/2, then did not speak it",
        {
          cause,
        },
      );
    }
    // It may have ended with the frame after the one that made it ready.
    if (!ended) this.#remember(session, key);
    deadline.clear();
    deadline.onExpire = () => {
      if (session.size === 0) session.goAway();
    };
    return { ...this.#stream(session, key), reused: false };
  }

  /** Ends the connections: at once those on which nothing is under way. */
  close(): void {
    this.#closed = true;
    for (const sessions of [...this.#sessions.values()]) {
      for (const session of [...sessions]) session.goAway();
    }
  }

  #stream(session: Http2Session, key: string): Omit<UpstreamConnection, "reused"> {
    const { trailers } = this.#limits;
    const stream = new UpstreamStream(session, { trailerLimits: trailers });
    session.add(stream);
    return { key, stream, protocol: "h2" };
  }

  #remember(session: Http2Session, key: string): void {
    const sessions = this.#sessions.get(key) ?? new Set();
    sessions.add(session);
    this.#sessions.set(key, sessions);
  }

  #forget(session: Http2Session, key: string): void {
    const sessions = this.#sessions.get(key);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(key);
  }
}
