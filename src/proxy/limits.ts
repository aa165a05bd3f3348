import type { HeadLimits } from "../wire/http1_head.ts";

/** What one client, one upstream or one message may take. Times are in milliseconds. */
export interface Limits {
  /**
   * Client connections at a time, over all clients. Every request at a time on one connection, but the
   * first, counts like another connection.
   */
  readonly maxConnections: number;
  /** Connections of one client, told by its address (see `clientNetwork`), at a time. */
  readonly maxConnectionsPerClient: number;
  /** Requests at a time on one HTTP/2 connection, of a client or to an upstream. */
  readonly maxStreams: number;
  readonly head: HeadLimits;
  readonly trailers: HeadLimits;
  /** How much of a request's content is held to be signed, where AWS demands its hash in the head. */
  readonly signBuffer: number;
  /** From a connection's or a head's first octet to the head's last. */
  readonly headTimeout: number;
  /** From the 200 to a CONNECT to the end of the TLS handshake with the client. */
  readonly handshakeTimeout: number;
  /** A client connection on which no request is under way. */
  readonly keepAliveTimeout: number;
  /** An exchange or a tunnel on which nothing moves, in either direction. */
  readonly idleTimeout: number;
  /** A write of which the peer, client or upstream, takes nothing. */
  readonly stallTimeout: number;
  /** From dialling an upstream to the end of the TLS handshake with it. */
  readonly connectTimeout: number;
  /** How many idle connections are kept for one upstream. */
  readonly poolSize: number;
  /** How many idle connections are kept for all upstreams together. */
  readonly poolTotal: number;
  /** How long an idle upstream connection is kept. */
  readonly poolIdleTimeout: number;
}

export const defaultLimits: Limits = {
  maxConnections: 2048,
  // One client alone, with as many connections to upstreams, stays below 4,096 descriptors.
  maxConnectionsPerClient: 1024,
  maxStreams: 100,
  head: { maxBytes: 64 * 1024, maxFieldLines: 200 },
  trailers: { maxBytes: 8 * 1024, maxFieldLines: 64 },
  signBuffer: 1024 * 1024,
  headTimeout: 30_000,
  handshakeTimeout: 10_000,
  keepAliveTimeout: 120_000,
  // A kubectl watch or an agent's event stream may be silent for as long as the service lets it.
  idleTimeout: 3_600_000,
  stallTimeout: 120_000,
  connectTimeout: 10_000,
  poolSize: 256,
  poolTotal: 512,
  poolIdleTimeout: 60_000,
};
