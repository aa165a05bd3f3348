import type { ProxyError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import { formatAuthority } from "../wire/authority.ts";
import { AlpnMemory } from "./alpn_memory.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Protocol } from "./protocol.ts";
import type { Deadlines } from "./deadlines.ts";
import { WindowReserve } from "./http2/receive_window.ts";
import { SharedOpenings } from "./http2/shared_openings.ts";
import { UpstreamSessions } from "./http2/upstream_sessions.ts";
import type { Limits } from "./limits.ts";
import { LingeringConnections } from "./lingering_connections.ts";
import type { OwnListeners } from "./own_listeners.ts";
import type { Resolver } from "./resolver.ts";
import { asCertificateRefusal } from "./certificate_refusal.ts";
import { connectToHop } from "./connect_through.ts";
import { Destinations, type UpstreamPolicy } from "./destinations.ts";
import { NoCommonProtocolError } from "./node_tls.ts";
import { peerDemand, poolKey } from "./peer_demand.ts";
import { askedProxy, type Route, type RoutePlan } from "./route.ts";
import type { UpstreamCounts } from "./upstream_counts.ts";
import { type UpstreamConnection, UpstreamPool } from "./upstream_pool.ts";
import { refuseUnaskedAnswer } from "./unasked_answer.ts";
import { connectTcp, connectTls } from "./upstream_tls.ts";

/** In octets: sixteen streams as fast as they get. */
const WINDOW_RESERVE = 64 * 1024 * 1024;

/** Finds, opens, verifies and keeps the connections to the services behind us. */
export class Upstreams {
  readonly #policy: UpstreamPolicy;
  readonly #limits: Limits;
  readonly #destinations: Destinations;
  readonly #pool: UpstreamPool;
  readonly #sessions: UpstreamSessions;
  readonly #openings = new SharedOpenings();
  readonly #alpn: AlpnMemory;
  /** What the windows of HTTP/2 streams grow from, on both sides of the proxy. */
  readonly windowReserve: WindowReserve = new WindowReserve(WINDOW_RESERVE);
  readonly #lingering = new LingeringConnections();
  readonly #counts: UpstreamCounts;

  constructor(
    policy: UpstreamPolicy,
    { limits, resolver, ownListeners, deadlines, counts, log }: {
      limits: Limits;
      resolver: Resolver;
      ownListeners: OwnListeners;
      deadlines: Deadlines;
      counts: UpstreamCounts;
      log: Log;
    },
  ) {
    this.#policy = policy;
    this.#limits = limits;
    this.#destinations = new Destinations(policy, { limits, resolver, ownListeners, log });
    this.#pool = new UpstreamPool(deadlines, limits);
    this.#alpn = new AlpnMemory(() => deadlines.now);
    this.#sessions = new UpstreamSessions({ deadlines, limits, reserve: this.windowReserve });
    this.#counts = counts;
  }

  /** On how many of its connections nothing is under way. */
  get idle(): number {
    return this.#pool.size + this.#sessions.idle;
  }

  /**
   * A connection for the route that is there already, if there is one.
   *
   * @param protocol What the client speaks.
   */
  takeIdle(route: Route, protocol: Protocol): UpstreamConnection | undefined {
    const key = poolKey(route);
    const shares = protocol === "h2" || this.#alpn.get(key) === "h2 alone";
    const connection = (shares ? this.#sessions.take(key) : undefined) ?? this.#pool.take(key);
    if (connection !== undefined) this.#counts.addReuse();
    return connection;
  }

  /**
   * Opens a connection: in clear for `http`, over verified TLS for `https`.
   *
   * What the client speaks is spoken to the service too, if that can be had: each version has what the
   * other cannot say.
   *
   * @param options `protocol` is the client's; `signal` calls it off.
   * @throws {ProxyError} for every way in which it cannot be had; and the signal's reason.
   */
  async open(
    route: Route,
    { protocol, signal }: { protocol: Protocol; signal: AbortSignal },
  ): Promise<UpstreamConnection> {
    const { scheme } = route;
    const key = poolKey(route);
    const known = this.#alpn.get(key);
    if (scheme === "http" || (protocol === "http/1.1" && known !== "h2 alone")) {
      return await this.#openForHttp1(route, signal);
    }
    if (known === "http/1.1") return await this.#connect(route, { signal, protocols: [known] });
    const protocols = known === "h2 alone" ? ["h2"] as const : ["h2", "http/1.1"] as const;
    const attempt = () =>
      this.#connect(route, { signal, protocols }).catch((error) => {
        // It speaks something else by now.
        if (error instanceof NoCommonProtocolError) this.#alpn.forget(key);
        throw error;
      });
    while (true) {
      const opened = await this.#openings.open(key, { signal, attempt });
      if (opened !== undefined) return opened;
      // Somebody else has opened one meanwhile.
      const shared = this.#sessions.take(key);
      if (shared !== undefined) {
        this.#counts.addReuse();
        return shared;
      }
      if (this.#alpn.get(key) === "http/1.1") {
        return await this.#connect(route, { signal, protocols: ["http/1.1"] });
      }
    }
  }

  /** HTTP/1.1, and HTTP/2 only where the service has nothing else. */
  async #openForHttp1(route: Route, signal: AbortSignal): Promise<UpstreamConnection> {
    try {
      return await this.#connect(route, { signal, protocols: ["http/1.1"] });
    } catch (error) {
      if (!(error instanceof NoCommonProtocolError)) throw error;
      this.#alpn.set(poolKey(route), "h2 alone");
      return await this.open(route, { protocol: "h2", signal });
    }
  }

  async #connect(
    route: Route,
    { signal, protocols }: { signal: AbortSignal; protocols: readonly Protocol[] },
  ): Promise<UpstreamConnection> {
    const { authority, scheme } = route;
    const name = formatAuthority(authority);
    this.#lingering.refuseMore(name);
    const asked = askedProxy(route);
    const destination = {
      ...await this.#destinations.of(route),
      signal,
      onGiveUp: (ended: Promise<void>) => this.#lingering.watch(name, ended),
    };
    // Of the same moment as the demand: the certificate that is shown is part of it.
    const key = poolKey(route);
    const { stream, protocol } = scheme === "http"
      ? {
        stream: asked === undefined ? await connectTcp(destination) : await connectToHop({
          ...destination,
          hop: asked,
          anchors: this.#destinations.hopAnchors,
        }),
        protocol: "http/1.1" as const,
      }
      : await connectTls(destination, peerDemand(route, { ...this.#policy, protocols }));
    this.#counts.add(stream);
    if (protocol === "h2") {
      return await this.#sessions.start(stream, key).catch((error) => {
        throw asCertificateRefusal(error, { route, reused: false });
      });
    }
    if (protocols.length > 1) this.#alpn.set(key, protocol);
    await refuseUnaskedAnswer(stream);
    return { key, stream, protocol, reused: false };
  }

  /**
   * Opens a connection whose octets pass unread.
   *
   * @param signal Calls it off.
   * @throws as {@linkcode open} does.
   */
  async openTunnel(plan: RoutePlan, signal: AbortSignal): Promise<ByteStream> {
    return await connectTcp({ ...await this.#destinations.of(plan), signal });
  }

  /**
   * Says why an address that no rule names may not be dialled, before anything is.
   *
   * @param plan For an IP literal.
   */
  vetAddress(plan: RoutePlan): { refusal?: ProxyError; own: boolean } {
    return this.#destinations.vetAddress(plan);
  }

  /** Keeps a connection whose exchange is complete. */
  release(connection: UpstreamConnection): void {
    if (connection.protocol === "h2") connection.stream.close();
    else this.#pool.put(connection);
  }

  /** Closes the idle connections, and every other one when it is released. */
  close(): void {
    this.#pool.close();
    this.#sessions.close();
  }
}
