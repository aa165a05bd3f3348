import { type Authority, parseHost } from "../wire/authority.ts";
import { contestedRule } from "./contested_rule.ts";
import { formatHostPattern, type HostPattern, matchesHost } from "./host_pattern.ts";
import { RequestFilter } from "./request_filter.ts";
import type { InactiveRule, Rule } from "./rule.ts";
import { compareRules, rulesTie } from "./rule_order.ts";

/** The rules that may be for a request to one destination. */
export interface Candidates {
  /** Each is for some requests; the first one that is for a request has it. */
  readonly conditional: readonly ConditionalRule[];
  /** The rule for every other request; there may be none. */
  readonly otherwise: Rule | undefined;
}

/** A rule with conditions on method or path. */
export interface ConditionalRule {
  readonly rule: Rule;
  readonly filter: RequestFilter;
}

interface Entry {
  readonly pattern: HostPattern;
  readonly rule: Rule;
  /** Absent if the rule is for every request. */
  readonly filter: RequestFilter | undefined;
}

const noCandidates: Candidates = { conditional: [], otherwise: undefined };

/** Host → port → what stands there. */
type Index = Map<string, Map<number, Entry[]>>;

/**
 * All rules of one snapshot, indexed by host: a look-up takes as many steps as the host has labels,
 * however many rules there are.
 */
export class RuleSet {
  readonly rules: readonly Rule[];
  readonly inactive: readonly InactiveRule[];
  readonly #exact: Index = new Map();
  readonly #suffixes: Index = new Map();
  readonly #namedPorts = new Set<number>();

  /**
   * @throws {TypeError} If two rules tie for the same pattern (`rulesTie`) and do not contend for it
   * in one claim group: which of them wins must not depend on their order. Or if a path pattern is
   * malformed.
   */
  constructor(rules: readonly Rule[], inactive: readonly InactiveRule[] = []) {
    this.rules = rules;
    this.inactive = inactive;
    for (const rule of rules) {
      const filter = RequestFilter.of(rule);
      for (const pattern of rule.hosts) {
        this.#add({ pattern, rule, filter });
        if (parseHost(pattern.host).kind === "name") this.#namedPorts.add(pattern.port);
      }
    }
  }

  /**
   * Finds the rules for a destination, as far as they are for this agent.
   *
   * An exact pattern comes before a wildcard, a longer wildcard before a shorter one; for one
   * pattern, the more specific rule first (`compareRules`). A rule without conditions on method or
   * path ends the search. Among the rules of one claim group it is not the closest pattern that
   * decides but the claim: see {@linkcode Rule}.
   *
   * @param agent Empty for who has proved nothing.
   * @returns The rules; where two claimants contend for the authority, a rule that is unavailable
   * and says so.
   */
  candidates(authority: Authority, agent: string): Candidates {
    let conditional: ConditionalRule[] | undefined;
    for (const entries of this.#levels(authority.host, authority.port)) {
      for (const { pattern, rule, filter } of entries) {
        if (!matchesHost(pattern, authority.host) || !isFor(rule, agent)) continue;
        if (filter !== undefined) {
          conditional ??= [];
          conditional.push({ rule, filter });
          continue;
        }
        const { claim } = rule;
        const otherwise = claim === undefined ? rule : this.#settle(claim.group, authority);
        return { conditional: conditional ?? noCandidates.conditional, otherwise };
      }
    }
    return conditional === undefined ? noCandidates : { conditional, otherwise: undefined };
  }

  /**
   * Finds a rule, whoever it is for, that names this host on any port: such a host is never spoken
   * to in clear.
   *
   * @param host In canonical form.
   */
  coversHost(host: string): Rule | undefined {
    for (const entries of this.#levels(host)) {
      const found = entries.find(({ pattern }) => matchesHost(pattern, host));
      if (found !== undefined) return found.rule;
    }
    return undefined;
  }

  /** Whether a rule for this host, on any port, takes its credential from this variable. */
  takesVariable(host: string, variable: string): boolean {
    return this.rules.some(({ hosts, variables }) =>
      variables.some(({ name }) => name === variable) &&
      hosts.some((pattern) => matchesHost(pattern, host))
    );
  }

  /** Whether some rule names a host, rather than an address, on this port. */
  namesHostOn(port: number): boolean {
    return this.#namedPorts.has(port);
  }

  #add(entry: Entry): void {
    const { pattern, rule } = entry;
    const index = pattern.kind === "exact" ? this.#exact : this.#suffixes;
    const ports = index.get(pattern.host) ?? new Map<number, Entry[]>();
    index.set(pattern.host, ports);
    const entries = ports.get(pattern.port) ?? [];
    ports.set(pattern.port, entries);
    for (const other of entries) {
      const contend = rule.claim !== undefined && rule.claim.group === other.rule.claim?.group;
      if (!contend && rulesTie(rule, other.rule)) {
        throw new TypeError(
          `Cannot index rule ${rule.name}: ${other.rule.name} has ` +
            `${formatHostPattern(pattern)} already`,
        );
      }
    }
    entries.push(entry);
    entries.sort((a, b) => compareRules(a.rule, b.rule));
  }

  /** The entries that may name a host, closest first; of all ports if none is given. */
  *#levels(host: string, port?: number): Generator<readonly Entry[]> {
    const exact = this.#exact.get(host);
    if (exact !== undefined) yield entriesAt(exact, port);
    if (this.#suffixes.size === 0) return;
    for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
      const suffix = this.#suffixes.get(host.slice(dot + 1));
      if (suffix !== undefined) yield entriesAt(suffix, port);
    }
  }

  #settle(group: string, authority: Authority): Rule | undefined {
    let fallback: Rule | undefined;
    const claimants = new Map<string, Rule>();
    for (const entries of this.#levels(authority.host, authority.port)) {
      for (const { pattern, rule } of entries) {
        if (rule.claim?.group !== group || !matchesHost(pattern, authority.host)) continue;
        if (rule.claim.claimant === undefined) fallback ??= rule;
        else claimants.set(rule.claim.claimant, rule);
      }
    }
    const [only, ...others] = claimants.values();
    if (only === undefined) return fallback;
    if (others.length === 0) return only;
    const { host, port } = authority;
    return contestedRule({ kind: "exact", host, port }, { group, claimants });
  }
}

function isFor({ agents }: Rule, agent: string): boolean {
  return agents === undefined || agents.includes(agent);
}

function entriesAt(ports: Map<number, Entry[]>, port: number | undefined): readonly Entry[] {
  return port === undefined ? [...ports.values()].flat() : ports.get(port) ?? [];
}
