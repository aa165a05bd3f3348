import type { FieldTemplate } from "./credential_format.ts";
import type { HostPattern } from "./host_pattern.ts";
import type { AwsSigV4Template } from "./injection_template.ts";
import type { RequestConditions } from "./request_filter.ts";

/** How the operator wants a service to be connected to; paths of PEM files, and a name. */
export interface UpstreamSettings {
  /** Trusted in place of the default roots. */
  readonly ca?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** What its certificate must be for, and SNI says, in place of the host's name. */
  readonly serverName?: string;
}

/** A rule as the operator wrote it, before its secrets are looked up. */
export interface CustomRule extends RequestConditions {
  /** Where it stands: `--rule '…'` or `auth-proxy.yaml:7:5`. */
  readonly where: string;
  /**
   * `line` says one field of a host, and several of them for one host are one rule; `block` is a
   * whole rule.
   */
  readonly form: "line" | "block";
  /** It is called after its host and path if it has none. */
  readonly name?: string;
  readonly pattern: HostPattern;
  readonly fields: readonly FieldTemplate[];
  /** Query parameters; none if absent. */
  readonly query?: readonly FieldTemplate[];
  readonly awsSigV4?: AwsSigV4Template;
  /** Names of more fields to remove, and of more query parameters. */
  readonly removeFields?: readonly string[];
  readonly removeQuery?: readonly string[];
  /** Whom it is for; everyone if absent. */
  readonly agents?: readonly string[];
  readonly upstream?: UpstreamSettings;
}
