import { type Authority, type Host, parseHost } from "../wire/authority.ts";
import { WireError } from "../wire/wire_error.ts";
import type { EgressDecision } from "./egress.ts";
import {
  formatHostFilter,
  type HostFilter,
  matchesHostFilter,
  mayReachHostFilter,
} from "./host_filter.ts";
import { type RequestConditions, RequestFilter } from "./request_filter.ts";
import type { RequestReading } from "./request_reading.ts";

/** One line of the egress policy: these hosts and, if it has conditions, these requests. */
export interface EgressEntry extends RequestConditions {
  readonly host: HostFilter;
  /** Any port if absent. */
  readonly port?: number;
  /** Everyone, also who has proved nothing, if absent. */
  readonly agents?: readonly string[];
  /** Its place in the file, for reasons: `egress.deny[2]`. */
  readonly place: string;
}

/** What may leave. */
export interface EgressSettings {
  /** For what no entry and no rule names. */
  readonly default: "allow" | "deny";
  /** In `report`, what is denied passes all the same, and the decision says so. */
  readonly mode: "enforce" | "report";
  /**
   * `allowed`: that a rule is for a request allows it. `listed`: it needs an entry or the default like
   * any other.
   */
  readonly ruleHosts: "allowed" | "listed";
  readonly allow: readonly EgressEntry[];
  /** These win over everything else. */
  readonly deny: readonly EgressEntry[];
}

/** What there is without a policy: everything may leave. */
export const openEgress: EgressSettings = {
  default: "allow",
  mode: "enforce",
  ruleHosts: "allowed",
  allow: [],
  deny: [],
};

/** A decision for every request to a destination, or that each one has to be looked at. */
export type DestinationDecision =
  | EgressDecision
  | { readonly allow: "inspect"; readonly reason: string };

/** Who wants to go where. */
export interface EgressTarget {
  readonly authority: Authority;
  /** Empty for who has proved nothing. */
  readonly agent: string;
  /** The address that the client named, where a name in SNI has become the authority (I1). */
  readonly address?: Host;
}

interface Line {
  readonly entry: EgressEntry;
  readonly filter: RequestFilter | undefined;
  /** `egress.deny[2] (gist.github.com)` */
  readonly reason: string;
}

/** The egress policy, ready to decide. */
export class EgressPolicy {
  readonly #settings: EgressSettings;
  readonly #allow: readonly Line[];
  readonly #deny: readonly Line[];
  readonly #elsewhere: DestinationEgress;

  /** @throws {TypeError} If a path pattern is malformed. */
  constructor(settings: EgressSettings) {
    this.#settings = settings;
    this.#allow = settings.allow.map(compile);
    this.#deny = settings.deny.map(compile);
    this.#elsewhere = new DestinationEgress(settings, { allow: [], deny: [] });
  }

  /** The part of the policy that is about one destination. */
  at({ authority, agent, address }: EgressTarget): DestinationEgress {
    const { port } = authority;
    const deny = this.#deny.filter(({ entry }) =>
      isFor(entry, { port, agent }) &&
      (mayReachHostFilter(entry.host, authority) ||
        (address !== undefined && mayReachHostFilter(entry.host, address)))
    );
    const allow = this.#allow.filter(({ entry }) =>
      isFor(entry, { port, agent }) && matchesHostFilter(entry.host, authority)
    );
    if (deny.length === 0 && allow.length === 0) return this.#elsewhere;
    return new DestinationEgress(this.#settings, { allow, deny });
  }

  /** Whether an entry allows some host by its name on this port, to some agent. */
  allowsNamesOn(port: number): boolean {
    return this.#allow.some(({ entry }) =>
      entry.host.kind !== "block" && (entry.port === undefined || entry.port === port)
    );
  }

  /**
   * Decides about an address that is about to be dialled, whatever name led to it.
   *
   * Only entries that name addresses count, and of those that allow only the ones without methods
   * and path: they open an address for whatever is sent there.
   *
   * @returns `undefined` if no entry names it.
   */
  atAddress(
    address: string,
    { port, agent }: { port: number; agent: string },
  ): EgressDecision | undefined {
    const host = parseHost(address);
    const names = ({ entry, filter }: Line) =>
      filter === undefined && entry.host.kind === "block" && isFor(entry, { port, agent });
    const denying = this.#deny.find((line) =>
      names(line) && mayReachHostFilter(line.entry.host, host)
    );
    if (denying !== undefined) return refuse(denying.reason, this.#settings);
    const allowing = this.#allow.find((line) =>
      names(line) && matchesHostFilter(line.entry.host, host)
    );
    return allowing === undefined ? undefined : { allow: true, reason: allowing.reason };
  }
}

/** The egress policy as far as it is about one destination and one agent. */
export class DestinationEgress {
  readonly #settings: EgressSettings;
  readonly #allow: readonly Line[];
  readonly #deny: readonly Line[];
  readonly #default: EgressDecision;

  /** @param lines The lines that name the destination, in order. */
  constructor(
    settings: EgressSettings,
    { allow, deny }: { allow: readonly Line[]; deny: readonly Line[] },
  ) {
    this.#settings = settings;
    this.#allow = allow;
    this.#deny = deny;
    const reason = `egress.default is ${settings.default}`;
    this.#default = settings.default === "allow"
      ? { allow: true, reason }
      : refuse(reason, settings);
  }

  /** Whether an entry denies the destination whatever is asked of it; so it does in `report`. */
  get deniedOutright(): boolean {
    return this.#deny.some(({ filter }) => filter === undefined);
  }

  /**
   * Decides for every request at once, if that can be.
   *
   * @param options `hasRule` says that a rule names the destination for this agent, which may allow it.
   */
  byDestination({ hasRule }: { hasRule: boolean }): DestinationDecision {
    const denying = this.#deny.find(({ filter }) => filter === undefined);
    if (denying !== undefined) return refuse(denying.reason, this.#settings);
    const [undecided] = this.#deny;
    if (undecided !== undefined) return inspect(undecided);
    if (hasRule && this.#settings.ruleHosts === "allowed") return namedByRule;
    const allowing = this.#allow.find(({ filter }) => filter === undefined);
    if (allowing !== undefined) return { allow: true, reason: allowing.reason };
    const [conditional] = this.#allow;
    if (conditional === undefined || this.#settings.default === "allow") return this.#default;
    return inspect(conditional);
  }

  /**
   * Decides about one request.
   *
   * @param options `hasRule` says that a rule was chosen for it, which may allow it.
   * @throws {WireError} If a condition asks for its path and that cannot be settled; in `report`
   * that is a request which would be denied.
   */
  byRequest(request: RequestReading, { hasRule }: { hasRule: boolean }): EgressDecision {
    try {
      const denying = this.#deny.find(({ filter }) => filter?.mayMatch(request) ?? true);
      if (denying !== undefined) return refuse(denying.reason, this.#settings);
      if (hasRule && this.#settings.ruleHosts === "allowed") return namedByRule;
      const allowing = this.#allow.find(({ filter }) => filter?.surelyMatches(request) ?? true);
      return allowing === undefined ? this.#default : { allow: true, reason: allowing.reason };
    } catch (error) {
      if (!(error instanceof WireError) || this.#settings.mode === "enforce") throw error;
      return refuse(error.message, this.#settings);
    }
  }
}

const namedByRule: EgressDecision = { allow: true, reason: "a rule names it" };

function compile(entry: EgressEntry): Line {
  return {
    entry,
    filter: RequestFilter.of(entry),
    reason: `${entry.place} (${formatHostFilter(entry.host)})`,
  };
}

function isFor(
  entry: EgressEntry,
  { port, agent }: { port: number; agent: string },
): boolean {
  return (entry.port === undefined || entry.port === port) &&
    (entry.agents === undefined || entry.agents.includes(agent));
}

function refuse(reason: string, { mode }: EgressSettings): EgressDecision {
  if (mode === "enforce") return { allow: false, reason };
  return { allow: true, reason: "egress.mode is report", wouldDeny: reason };
}

function inspect({ reason }: Line): DestinationDecision {
  return { allow: "inspect", reason: `${reason} is about some requests only` };
}
