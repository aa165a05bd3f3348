import { ProxyError } from "../errors.ts";
import { type ConnectTo, routeConnectTo } from "../policy/connect_to.ts";
import { decideAddress } from "../policy/egress.ts";
import type { Rule } from "../policy/rule.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";
import type { Cidr } from "../wire/ip_address.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Limits } from "./limits.ts";
import type { OwnListeners } from "./own_listeners.ts";
import type { Resolver } from "./resolver.ts";
import type { Route } from "./route.ts";
import { type UpstreamConnection, UpstreamPool } from "./upstream_pool.ts";
import { connectTcp, connectTls, type Destination } from "./upstream_tls.ts";

/** What decides where an upstream connection may go and whom it trusts. */
export interface UpstreamPolicy {
  readonly connectTo: readonly ConnectTo[];
  readonly allowPrivate: readonly Cidr[];
  /** PEM of --upstream-ca: added to the default roots. */
  readonly extraAnchors: readonly string[];
}

/** Finds, opens, verifies and keeps the connections to the services behind us. */
export class Upstreams {
  readonly #policy: UpstreamPolicy;
  readonly #limits: Limits;
  readonly #resolver: Resolver;
  readonly #ownListeners: OwnListeners;
  readonly #pool: UpstreamPool;

  constructor(
    policy: UpstreamPolicy,
    { limits, resolver, ownListeners, deadlines }: {
      limits: Limits;
      resolver: Resolver;
      ownListeners: OwnListeners;
      deadlines: Deadlines;
    },
  ) {
    this.#policy = policy;
    this.#limits = limits;
    this.#resolver = resolver;
    this.#ownListeners = ownListeners;
    this.#pool = new UpstreamPool(deadlines, limits);
  }

  /** An idle connection for the route, if there is one. */
  takeIdle(route: Route): UpstreamConnection | undefined {
    return this.#pool.take(route.key);
  }

  /**
   * Opens a connection: in clear for `http`, over verified TLS for `https`.
   *
   * @throws {ProxyError} for every way in which it cannot be had.
   */
  async open({ authority, rule, scheme, key }: Route): Promise<UpstreamConnection> {
    const destination = await this.#destination(authority, rule);
    const stream = scheme === "http"
      ? await connectTcp(destination)
      : await connectTls(destination, {
        name: authority.host,
        extraAnchors: this.#policy.extraAnchors,
        ...(rule?.trustAnchors === undefined ? {} : { onlyAnchors: rule.trustAnchors }),
      });
    return { key, stream, reused: false };
  }

  /** Opens a connection whose octets pass unread, for a tunnel to a destination without a rule. */
  async openTunnel(authority: Authority): Promise<ByteStream> {
    return await connectTcp(await this.#destination(authority, undefined));
  }

  /**
   * Says why an address without a rule may not be dialled, before anything is.
   *
   * @param authority An IP literal.
   */
  vetAddress(authority: Authority): { refusal?: ProxyError; own: boolean } {
    const own = this.#ownListeners.includes(authority.host, authority.port);
    const named = routeConnectTo(authority, this.#policy.connectTo) !== undefined;
    const reason = this.#refusal(authority.host, { port: authority.port, named });
    return reason === undefined ? { own } : { own, refusal: prohibited(authority, [reason]) };
  }

  /** Keeps a connection whose exchange is complete. */
  release(connection: UpstreamConnection): void {
    this.#pool.put(connection);
  }

  /** Closes the idle connections, and every other one when it is released. */
  close(): void {
    this.#pool.close();
  }

  /** Resolves the authority and vets every address; only vetted ones are returned. */
  async #destination(authority: Authority, rule: Rule | undefined): Promise<Destination> {
    const route = routeConnectTo(authority, this.#policy.connectTo);
    const { host, kind, port } = route ?? authority;
    const resolved = kind === "name" ? await this.#resolver.resolve(host) : [host];
    // A zone (fe80::1%eth0) belongs to link-local addresses alone, which nothing here is sent to.
    const addresses = resolved.map((address) => address.split("%")[0] ?? address);
    const named = route !== undefined || rule !== undefined;
    const refusals: string[] = [];
    const vetted = addresses.filter((address) => {
      const refusal = this.#refusal(address, { port, named });
      if (refusal !== undefined) refusals.push(refusal);
      return refusal === undefined;
    });
    if (vetted.length > 0) return { addresses: vetted, port, timeout: this.#limits.connectTimeout };
    throw prohibited(authority, refusals);
  }

  #refusal(address: string, { port, named }: { port: number; named: boolean }): string | undefined {
    if (this.#ownListeners.includes(address, port)) {
      return `${address} port ${port} is a listener of this proxy, which is never reached through it`;
    }
    if (named) return undefined;
    const decision = decideAddress(address, this.#policy.allowPrivate);
    if (decision.allow) return undefined;
    return `${decision.reason}; start with --allow-private ${address} to allow it`;
  }
}

function prohibited(authority: Authority, reasons: readonly string[]): ProxyError {
  return new ProxyError(
    "destination_prohibited",
    `${formatAuthority(authority)} is refused: ${reasons.join("; ")}`,
  );
}
