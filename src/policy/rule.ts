import type { ServiceUpgrade } from "../wire/upgrade_protocol.ts";
import type { FieldDescription } from "./credential_format.ts";
import type { DeniedEndpoints } from "./denied_endpoints.ts";
import type { HostPattern } from "./host_pattern.ts";
import type { Injection } from "./inject.ts";
import type { CredentialState, LiveCredential } from "./live_credential.ts";
import type { ProxyHop } from "./proxy_hop.ts";
import type { RequestConditions } from "./request_filter.ts";

/** A variable that a rule takes a secret from. */
export interface RuleVariable {
  readonly name: string;
  /** Where its value came from (`secrets.env:3`); absent while it is missing. */
  readonly source?: string;
}

/**
 * A rule's stake in hosts that several rules may name: at most one claimant may have a host.
 *
 * Among the rules of one group that match an authority, the one with a claimant wins over those
 * without, and two claimants both lose: see `RuleSet.match`.
 */
export interface Claim {
  /** For example `kubernetes`. */
  readonly group: string;
  /** For example the cluster's name. */
  readonly claimant?: string;
}

/**
 * One configured decision: these hosts, this credential; with conditions, these requests to them.
 *
 * Exactly one of `injection`, `live` and `unavailable` is set.
 */
export interface Rule extends RequestConditions {
  /** Unique in its set, and printable. */
  readonly name: string;
  /** The catalogue's service, if it is one of its rules. */
  readonly service?: string;
  readonly hosts: readonly HostPattern[];
  /** Whom it is for: at least one; everyone, also who has proved nothing, if absent. */
  readonly agents?: readonly string[];
  /** What it adds, with the secret blanked; known even while the secret is missing. */
  readonly fields: readonly FieldDescription[];
  readonly variables: readonly RuleVariable[];
  /** What made it: `catalogue`, `K8S_HOSTS`, `--rule "api.example.com,…"`. */
  readonly source: string;
  readonly injection?: Injection;
  /** A credential that does not stay as it is: {@linkcode credentialOf} tells what it is now. */
  readonly live?: LiveCredential;
  /** Why nothing can be injected: requests are answered with 502 and this reason (invariant I8). */
  readonly unavailable?: string;
  /** PEM certificates that replace the default roots for these hosts (invariant I7). */
  readonly trustAnchors?: string;
  /** The file they came from. */
  readonly trustAnchorsSource?: string;
  /** What the service's certificate must be for, and SNI says, in place of the host's name. */
  readonly serverName?: string;
  /** What its connections go through. */
  readonly hop?: ProxyHop;
  readonly claim?: Claim;
  /** What its requests may switch their connection to, beside websocket. */
  readonly upgrades?: readonly ServiceUpgrade[];
  /** What the service would do at these hosts, and is not asked to. */
  readonly deniedEndpoints?: DeniedEndpoints;
}

/** What is done for a rule's requests at this moment. */
export function credentialOf(rule: Rule): CredentialState {
  return rule.live?.current() ?? rule;
}

/** A service that was never configured: its hosts are like any other (invariant I8). */
export interface InactiveRule {
  readonly name: string;
  readonly service?: string;
  /** As people write them; a placeholder where the host comes from a variable. */
  readonly hosts: readonly string[];
  readonly fields: readonly FieldDescription[];
  readonly variables: readonly string[];
  /** What to set to have it. */
  readonly reason: string;
}
