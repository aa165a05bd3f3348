import { type ErrorKind, ProxyError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import { type ConnectTo, routeConnectTo } from "../policy/connect_to.ts";
import { decideAddress } from "../policy/egress.ts";
import type { EgressPolicy } from "../policy/egress_policy.ts";
import type { ProxyHop } from "../policy/proxy_hop.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";
import type { Cidr } from "../wire/ip_address.ts";
import { AlpnMemory } from "./alpn_memory.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Protocol } from "./protocol.ts";
import type { Deadlines } from "./deadlines.ts";
import { enforceEgress } from "./egress_gate.ts";
import type { Front } from "./front.ts";
import { WindowReserve } from "./http2/receive_window.ts";
import { SharedOpenings } from "./http2/shared_openings.ts";
import { UpstreamSessions } from "./http2/upstream_sessions.ts";
import type { Limits } from "./limits.ts";
import { LingeringConnections } from "./lingering_connections.ts";
import type { OwnListeners } from "./own_listeners.ts";
import type { Resolver } from "./resolver.ts";
import { asCertificateRefusal } from "./certificate_refusal.ts";
import { type DefaultTrust, peerDemand, poolKey } from "./peer_demand.ts";
import type { Route, RoutePlan } from "./route.ts";
import type { UpstreamCounts } from "./upstream_counts.ts";
import { type UpstreamConnection, UpstreamPool } from "./upstream_pool.ts";
import { refuseUnaskedAnswer } from "./unasked_answer.ts";
import { connectTcp, connectTls, type Destination, NoCommonProtocolError } from "./upstream_tls.ts";

/** What decides where an upstream connection may go and whom it trusts. */
export interface UpstreamPolicy extends DefaultTrust {
  readonly egress: EgressPolicy;
  readonly connectTo: readonly ConnectTo[];
  readonly allowPrivate: readonly Cidr[];
}

/** In octets: sixteen streams as fast as they get. */
const WINDOW_RESERVE = 64 * 1024 * 1024;

/** Why an address may not be dialled. */
interface Refusal {
  readonly kind: ErrorKind;
  readonly reason: string;
}

/** Finds, opens, verifies and keeps the connections to the services behind us. */
export class Upstreams {
  readonly #policy: UpstreamPolicy;
  readonly #limits: Limits;
  readonly #resolver: Resolver;
  readonly #ownListeners: OwnListeners;
  readonly #pool: UpstreamPool;
  readonly #sessions: UpstreamSessions;
  readonly #openings = new SharedOpenings();
  readonly #alpn: AlpnMemory;
  /** What the windows of HTTP/2 streams grow from, on both sides of the proxy. */
  readonly windowReserve: WindowReserve = new WindowReserve(WINDOW_RESERVE);
  readonly #lingering = new LingeringConnections();
  readonly #counts: UpstreamCounts;
  readonly #log: Log;

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
    this.#resolver = resolver;
    this.#ownListeners = ownListeners;
    this.#pool = new UpstreamPool(deadlines, limits);
    this.#alpn = new AlpnMemory(() => deadlines.now);
    this.#sessions = new UpstreamSessions({ deadlines, limits, reserve: this.windowReserve });
    this.#counts = counts;
    this.#log = log;
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
    const destination = {
      ...route.rule?.hop === undefined
        ? await this.#destination(route)
        : await this.#destinationBehind(route.rule.hop, route),
      signal,
      onGiveUp: (ended: Promise<void>) => this.#lingering.watch(name, ended),
    };
    // Of the same moment as the demand: the certificate that is shown is part of it.
    const key = poolKey(route);
    const { stream, protocol } = scheme === "http"
      ? { stream: await connectTcp(destination), protocol: "http/1.1" as const }
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
   * Whether an authority is one of our own listeners, by its address or by a name that is ours. No name
   * is resolved: the client may be anybody as yet, and a question to the DNS tells its server what the
   * client has put in the name.
   */
  leadsToUs(authority: Authority, { knows }: Front): boolean {
    const { host, kind, port } = authority;
    if (kind !== "name") return this.#ownListeners.includes(host, port);
    return this.#ownListeners.hasPort(port) && knows?.(authority) === true;
  }

  /**
   * Opens a connection whose octets pass unread.
   *
   * @param signal Calls it off.
   * @throws as {@linkcode open} does.
   */
  async openTunnel(plan: RoutePlan, signal: AbortSignal): Promise<ByteStream> {
    return await connectTcp({ ...await this.#destination(plan), signal });
  }

  /**
   * Says why an address that no rule names may not be dialled, before anything is.
   *
   * @param plan For an IP literal.
   */
  vetAddress({ authority, agent }: RoutePlan): { refusal?: ProxyError; own: boolean } {
    const { host, port } = authority;
    const own = this.#ownListeners.includes(host, port);
    const named = routeConnectTo(authority, this.#policy.connectTo) !== undefined;
    const refusal = this.#refusal(host, { port, agent, named });
    return refusal === undefined ? { own } : { own, refusal: prohibited(authority, [refusal]) };
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

  /** The other proxy's address, vetted as one that the operator named; it resolves the target. */
  async #destinationBehind(
    hop: ProxyHop,
    { authority: target, agent }: Route,
  ): Promise<Destination> {
    const { authority } = hop;
    return {
      ...await this.#destination({ authority, agent, hasRules: true }),
      through: { hop, target },
    };
  }

  /** Resolves the authority and vets every address; only vetted ones are returned. */
  async #destination(
    { authority, agent, hasRules }: Pick<Route, "authority" | "agent" | "hasRules">,
  ): Promise<Destination> {
    const route = routeConnectTo(authority, this.#policy.connectTo);
    const { host, kind, port } = route ?? authority;
    const resolved = kind === "name" ? await this.#resolver.resolve(host) : [host];
    // A zone (fe80::1%eth0) belongs to link-local addresses alone, which nothing here is sent to.
    const addresses = resolved.map((address) => address.split("%")[0] ?? address);
    const named = route !== undefined || hasRules;
    const refusals: Refusal[] = [];
    const vetted = addresses.filter((address) => {
      const refusal = this.#refusal(address, { port, agent, named });
      if (refusal !== undefined) refusals.push(refusal);
      return refusal === undefined;
    });
    if (vetted.length === 0) throw prohibited(authority, refusals);
    for (const address of vetted) {
      const decision = this.#policy.egress.atAddress(address, { port, agent });
      if (decision !== undefined) enforceEgress(decision, { authority, agent }, this.#log);
    }
    return { addresses: vetted, port, timeout: this.#limits.connectTimeout };
  }

  #refusal(
    address: string,
    { port, agent, named }: { port: number; agent: string; named: boolean },
  ): Refusal | undefined {
    if (this.#ownListeners.includes(address, port)) {
      return {
        kind: "destination_prohibited",
        reason:
          `${address} port ${port} is a listener of this proxy, which is never reached through it`,
      };
    }
    const egress = this.#policy.egress.atAddress(address, { port, agent });
    if (egress?.allow === false) {
      return { kind: "egress_denied", reason: `${egress.reason} denies ${address}` };
    }
    if (named || (egress !== undefined && egress.wouldDeny === undefined)) return undefined;
    const { allow, reason } = decideAddress(address, this.#policy.allowPrivate);
    if (allow) return undefined;
    return {
      kind: "destination_prohibited",
      reason: `${reason}; start with --allow-private ${address} to allow it`,
    };
  }
}

function prohibited(authority: Authority, refusals: readonly Refusal[]): ProxyError {
  const reasons = refusals.map(({ reason }) => reason).join("; ");
  return new ProxyError(
    refusals[0]?.kind ?? "destination_prohibited",
    `${formatAuthority(authority)} is refused: ${reasons}`,
  );
}
