import type { EgressDecision } from "../policy/egress.ts";
import type {
  DestinationDecision,
  DestinationEgress,
  EgressPolicy,
} from "../policy/egress_policy.ts";
import {
  type RedactionScope,
  redactionScope,
  type RedactionSettings,
} from "../policy/redaction_scope.ts";
import type { RequestFilter } from "../policy/request_filter.ts";
import { RequestReading } from "../policy/request_reading.ts";
import { formatHop, type ProxyHop } from "../policy/proxy_hop.ts";
import type { Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { UpstreamProxies } from "../policy/upstream_proxies.ts";
import { type Authority, formatAuthority, type Host } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";

/** Where requests may go, and for whom: what decides about an upstream connection. */
export interface Destination {
  readonly scheme: "http" | "https";
  /** Parsed once; matched, resolved, dialled, verified and sent as Host (I1). */
  readonly authority: Authority;
  /** Who asks, as far as it has proved it. */
  readonly agent: string;
}

/** What was decided for a request: where it goes, with which credential, and whether it may. */
export interface Route extends Destination {
  /** None for a request that goes on without a credential. */
  readonly rule: Rule | undefined;
  /** Whether some rule is for this destination and agent, though maybe not for this request. */
  readonly hasRules: boolean;
  /** What is done about credentials in the responses. */
  readonly redaction: RedactionScope;
  /** Whether the egress policy lets it go, and why. */
  readonly egress: EgressDecision;
  /** The authority as it is sent in Host. */
  readonly host: string;
  /** Another proxy that it goes through. */
  readonly hop: ProxyHop | undefined;
  /**
   * The text form of everything that changes trust: two exchanges share a connection only if it is
   * equal. The address is not in it, only the authority that it was resolved for: a connection is
   * kept for seconds, its peer has proved the name, and its address was vetted by this very policy,
   * since a changed policy has another pool.
   */
  readonly key: string;
}

/** The other proxy that is asked for what goes in clear; what is over TLS is tunnelled through it. */
export function askedProxy({ scheme, hop }: Pick<Route, "scheme" | "hop">): ProxyHop | undefined {
  return scheme === "http" ? hop : undefined;
}

/** What routes are made from. */
export interface RoutePolicy {
  readonly rules: RuleSet;
  readonly egress: EgressPolicy;
  readonly redaction: { readonly settings: RedactionSettings };
  readonly proxies: UpstreamProxies;
}

/** A route, and whether its egress decision holds for every request that takes it. */
interface Branch {
  readonly route: Route;
  readonly settled: boolean;
}

/**
 * What may become of requests to one destination: settled once, for a tunnel and everything in it.
 * Where nothing depends on the request, every request takes the same route and costs nothing.
 */
export class RoutePlan implements Destination {
  readonly scheme: "http" | "https";
  readonly authority: Authority;
  readonly agent: string;
  /** The authority as it is sent in Host. */
  readonly host: string;
  /** Whether some rule is for this destination and agent. */
  readonly hasRules: boolean;
  /** Another proxy that its tunnel goes through, and its requests unless their rule names one. */
  readonly hop: ProxyHop | undefined;
  /** What the egress policy says before any request is seen. */
  readonly egress: DestinationDecision;
  /** Whether an entry of the egress policy denies the destination, not only its default. */
  readonly deniedOutright: boolean;
  readonly #rules: RuleSet;
  readonly #address: Host | undefined;
  readonly #redaction: RedactionScope;
  readonly #policy: DestinationEgress;
  readonly #branches: readonly (Branch & { readonly filter: RequestFilter })[];
  readonly #otherwise: Branch;

  /** @param options `address` is what CONNECT named, where SNI named the authority. */
  constructor(
    { scheme, authority, agent }: Destination,
    { rules, egress, redaction, proxies, address }: RoutePolicy & { address?: Host | undefined },
  ) {
    this.scheme = scheme;
    this.authority = authority;
    this.agent = agent;
    this.host = formatAuthority(authority, { defaultPort: scheme === "https" ? 443 : 80 });
    this.#rules = rules;
    this.#address = address;
    const { conditional, otherwise } = rules.candidates(authority, agent);
    this.hasRules = conditional.length > 0 || otherwise !== undefined;
    this.hop = proxies.hopFor({ scheme, authority });
    this.#redaction = redactionScope(authority, {
      // In clear, who answers may have seen who we are at the other proxy.
      hasCredentials: this.hasRules || scheme === "http" && this.hop?.login !== undefined,
      settings: redaction.settings,
    });
    this.#policy = egress.at({ authority, agent, ...(address === undefined ? {} : { address }) });
    this.egress = this.#policy.byDestination({ hasRule: this.hasRules });
    this.deniedOutright = this.#policy.deniedOutright;
    this.#otherwise = this.#branch(otherwise);
    this.#branches = conditional.map(({ rule, filter }) => ({ filter, ...this.#branch(rule) }));
  }

  /** The plan for the same destination under what is in force now: this one, if it was made of that. */
  under(policy: RoutePolicy): RoutePlan {
    return policy.rules === this.#rules
      ? this
      : new RoutePlan(this, { ...policy, address: this.#address });
  }

  /** Whether requests have to be seen: for a credential, or for the egress policy. */
  get decrypts(): boolean {
    return this.hasRules || this.egress.allow === "inspect";
  }

  /** Every route that some request may take. */
  get routes(): readonly Route[] {
    return [...this.#branches, this.#otherwise].map(({ route }) => route);
  }

  /**
   * Decides about one request.
   *
   * @param pathAndQuery Its target in origin form, as it will be forwarded.
   * @throws {WireError} If a condition asks for its path and that cannot be settled.
   */
  routeFor(head: RequestHead, pathAndQuery: string): Route {
    if (this.#branches.length === 0 && this.#otherwise.settled) return this.#otherwise.route;
    const request = new RequestReading(head, pathAndQuery);
    const { route, settled } = this.#branches.find(({ filter }) => filter.surelyMatches(request)) ??
      this.#otherwise;
    if (settled) return route;
    const hasRule = route.rule !== undefined;
    return { ...route, egress: this.#policy.byRequest(request, { hasRule }) };
  }

  #branch(rule: Rule | undefined): Branch {
    const { scheme, authority, agent, host, hasRules } = this;
    const egress = this.#policy.byDestination({ hasRule: rule !== undefined });
    const settled = egress.allow !== "inspect";
    const hop = rule?.hop ?? this.hop;
    // Neither an agent's name nor a rule's holds a line feed.
    const key = [
      scheme,
      authority.host,
      authority.port,
      agent,
      rule?.name ?? "",
      hop === undefined ? "" : formatHop(hop),
    ].join("\n");
    return {
      settled,
      route: {
        scheme,
        authority,
        agent,
        host,
        hasRules,
        redaction: this.#redaction,
        rule,
        hop,
        key,
        egress: settled ? egress : { allow: false, reason: egress.reason },
      },
    };
  }
}
