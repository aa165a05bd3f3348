import {
  type RedactionScope,
  redactionScope,
  type RedactionSettings,
} from "../policy/redaction_scope.ts";
import type { Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";

/** Where a request may go, and for whom: what decides about an upstream connection. */
export interface Destination {
  readonly scheme: "http" | "https";
  /** Parsed once; matched, resolved, dialled, verified and sent as Host (I1). */
  readonly authority: Authority;
  /** Who asks, as far as it has proved it. */
  readonly agent: string;
}

/** A destination with its rule, settled once and used by every request that goes there. */
export interface Route extends Destination {
  /** None for a destination like any other. */
  readonly rule: Rule | undefined;
  readonly redaction: RedactionScope;
  /** The authority as it is sent in Host. */
  readonly host: string;
  /**
   * The text form of everything that changes trust: two exchanges share a connection only if it is
   * equal. The address is not in it, only the authority that it was resolved for: a connection is
   * kept for seconds, its peer has proved the name, and its address was vetted by this very policy,
   * since a changed policy has another pool.
   */
  readonly key: string;
}

/** What routes are made from. */
export interface RouteSource {
  readonly rules: RuleSet;
  readonly redaction: { readonly settings: RedactionSettings };
}

/** Finds the rule for a destination, if there is one. */
export function createRoute(destination: Destination, { rules, redaction }: RouteSource): Route {
  const { scheme, authority, agent } = destination;
  const rule = rules.match(authority);
  return {
    scheme,
    authority,
    agent,
    rule,
    redaction: redactionScope(authority, {
      hasRules: rule !== undefined,
      settings: redaction.settings,
    }),
    host: formatAuthority(authority, { defaultPort: scheme === "https" ? 443 : 80 }),
    key: `${scheme} ${authority.host} ${authority.port} ${rule?.name ?? ""} ${agent}`,
  };
}
