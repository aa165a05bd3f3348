import { type ErrorKind, ProxyError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import { type ConnectTo, routeConnectTo } from "../policy/connect_to.ts";
import { decideAddress } from "../policy/egress.ts";
import type { EgressPolicy } from "../policy/egress_policy.ts";
import { formatHop, type ProxyHop } from "../policy/proxy_hop.ts";
import type { UpstreamProxies } from "../policy/upstream_proxies.ts";
import { type Authority, formatAuthority, sameAuthority } from "../wire/authority.ts";
import type { Cidr } from "../wire/ip_address.ts";
import { enforceEgress } from "./egress_gate.ts";
import { HopGuard } from "./hop_guard.ts";
import type { Limits } from "./limits.ts";
import type { OwnListeners } from "./own_listeners.ts";
import { type DefaultTrust, replacedRoots } from "./peer_demand.ts";
import type { Resolver } from "./resolver.ts";
import type { Route } from "./route.ts";
import type { Destination } from "./upstream_tls.ts";

/** What decides where an upstream connection may go and whom it trusts. */
export interface UpstreamPolicy extends DefaultTrust {
  readonly egress: EgressPolicy;
  readonly connectTo: readonly ConnectTo[];
  readonly allowPrivate: readonly Cidr[];
  readonly proxies: UpstreamProxies;
}

/** What is asked for: a route, or a plan for a tunnel. */
type Asked = Pick<Route, "authority" | "agent" | "hasRules" | "hop">;

/** Why an address may not be dialled. */
interface Refusal {
  readonly kind: ErrorKind;
  readonly reason: string;
}

interface VetOptions {
  readonly authority: Authority;
  /** The one that would be dialled. */
  readonly port: number;
  readonly agent: string;
  /** Whether the operator has named it. */
  readonly named: boolean;
}

/** Finds the addresses that may be dialled for a destination (I6): its own, or another proxy's. */
export class Destinations {
  readonly #policy: UpstreamPolicy;
  readonly #limits: Limits;
  readonly #resolver: Resolver;
  readonly #ownListeners: OwnListeners;
  readonly #hopGuard: HopGuard;
  readonly #log: Log;
  /** PEM: what vouches for other proxies. */
  readonly hopAnchors: string;

  constructor(
    policy: UpstreamPolicy,
    { limits, resolver, ownListeners, log }: {
      limits: Limits;
      resolver: Resolver;
      ownListeners: OwnListeners;
      log: Log;
    },
  ) {
    this.#policy = policy;
    this.#limits = limits;
    this.#resolver = resolver;
    this.#ownListeners = ownListeners;
    this.#hopGuard = new HopGuard(ownListeners);
    this.#log = log;
    this.hopAnchors = replacedRoots(policy);
  }

  /**
   * Where to connect.
   *
   * @throws {ProxyError} `destination_prohibited`, `egress_denied`, `dns_error`, `dns_timeout`.
   */
  async of(asked: Asked): Promise<Destination> {
    this.#refuseHopItself(asked);
    return asked.hop === undefined
      ? await this.#direct(asked)
      : await this.#behind(asked.hop, asked);
  }

  /**
   * Says why an address that no rule names may not be dialled, before anything is.
   *
   * @param asked For an IP literal.
   */
  vetAddress(
    { authority, agent }: Pick<Asked, "authority" | "agent">,
  ): { refusal?: ProxyError; own: boolean } {
    const { host, port } = authority;
    const own = this.#ownListeners.includes(host, port);
    const named = routeConnectTo(authority, this.#policy.connectTo) !== undefined;
    const refusal = this.#refusal(host, { port, agent, named });
    return refusal === undefined ? { own } : { own, refusal: prohibited(authority, [refusal]) };
  }

  /** Whoever may speak to the other proxy may ask it for whatever the egress policy denies. */
  #refuseHopItself({ authority, hasRules, hop }: Asked): void {
    if (hasRules) return;
    const itself = [hop, ...this.#policy.proxies.hops]
      .find((each) => each !== undefined && sameAuthority(each.authority, authority));
    if (itself === undefined) return;
    const reason = `it is the proxy ${formatHop(itself)}, which only this proxy speaks to`;
    throw prohibited(authority, [{ kind: "destination_prohibited", reason }]);
  }

  /**
   * The other proxy's address, and what it is to be asked for. The operator has named it, so neither the
   * address guard nor the egress policy, which are about destinations, looks at its address.
   */
  async #behind(
    hop: ProxyHop,
    { authority: target, agent, hasRules }: Asked,
  ): Promise<Destination> {
    const named = hasRules;
    if (target.kind === "name") this.#hopGuard.check(target, { hop, named });
    else this.#vet([target.host], { authority: target, port: target.port, agent, named });
    const { connectTo } = this.#policy;
    const { host, kind, port } = routeConnectTo(hop.authority, connectTo) ?? hop.authority;
    const addresses = kind === "name" ? await this.#resolver.resolve(host) : [host];
    const others = addresses.filter((address) => !this.#ownListeners.includes(address, port));
    if (others.length === 0) throw prohibited(hop.authority, [ownListener(host, port)]);
    return {
      addresses: others,
      port,
      timeout: this.#limits.connectTimeout,
      through: { hop, target, anchors: this.hopAnchors },
    };
  }

  /** Resolves the authority and vets every address; only vetted ones are returned. */
  async #direct({ authority, agent, hasRules }: Asked): Promise<Destination> {
    const route = routeConnectTo(authority, this.#policy.connectTo);
    const { host, kind, port } = route ?? authority;
    const resolved = kind === "name" ? await this.#resolver.resolve(host) : [host];
    // A zone (fe80::1%eth0) belongs to link-local addresses alone, which nothing here is sent to.
    const addresses = resolved.map((address) => address.split("%")[0] ?? address);
    const named = route !== undefined || hasRules;
    const vetted = this.#vet(addresses, { authority, port, agent, named });
    return { addresses: vetted, port, timeout: this.#limits.connectTimeout };
  }

  /**
   * @returns Those that may be dialled.
   * @throws {ProxyError} If none may.
   */
  #vet(
    addresses: readonly string[],
    { authority, port, agent, named }: VetOptions,
  ): readonly string[] {
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
    return vetted;
  }

  #refusal(
    address: string,
    { port, agent, named }: Omit<VetOptions, "authority">,
  ): Refusal | undefined {
    if (this.#ownListeners.includes(address, port)) return ownListener(address, port);
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

function ownListener(address: string, port: number): Refusal {
  return {
    kind: "destination_prohibited",
    reason:
      `${address} port ${port} is a listener of this proxy, which is never reached through it`,
  };
}

function prohibited(authority: Authority, refusals: readonly Refusal[]): ProxyError {
  const reasons = refusals.map(({ reason }) => reason).join("; ");
  return new ProxyError(
    refusals[0]?.kind ?? "destination_prohibited",
    `${formatAuthority(authority)} is refused: ${reasons}`,
  );
}
