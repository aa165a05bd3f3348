import type { CustomRule } from "../policy/custom_rule.ts";
import { type EgressSettings, openEgress } from "../policy/egress_policy.ts";
import type { HostFilter } from "../policy/host_filter.ts";

/** An agent that is known by its token. */
export interface AgentSettings {
  readonly name: string;
  /** In lower-case hexadecimal. */
  readonly tokenSha256: string;
}

/** Where the audit goes. */
export interface AuditSettings {
  /** Stderr if absent. */
  readonly file?: string;
  /** Octets after which the file is put aside. */
  readonly maxBytes: number;
  /** How many files that were put aside are kept. */
  readonly keep: number;
  /** Whether an exchange that cannot be recorded is refused. */
  readonly required: boolean;
}

/** Hosts at which redaction is not what it is elsewhere. */
export interface RedactionSettings {
  /** Nothing is redacted there. */
  readonly off: readonly HostFilter[];
  /** Range passes there. */
  readonly allowRange: readonly HostFilter[];
}

/** What happens when a placeholder is seen where it does not belong. */
export interface CanarySettings {
  readonly action: "alarm" | "refuse";
}

/** A token bucket for each agent and rule that it is about. */
export interface RateLimitSettings {
  /** The rule's name; every rule if absent. */
  readonly rule?: string;
  /** Every agent if absent. */
  readonly agents?: readonly string[];
  /** `burst` is how many may come at once. */
  readonly requests?: { readonly count: number; readonly perMs: number; readonly burst: number };
  readonly upload?: { readonly bytes: number; readonly perMs: number };
}

/** What only a configuration file says. */
export interface FileSections {
  readonly fileRules: readonly CustomRule[];
  readonly egress: EgressSettings;
  readonly agents: readonly AgentSettings[];
  /** Absent: no audit. */
  readonly audit?: AuditSettings;
  readonly redaction: RedactionSettings;
  readonly canaries: CanarySettings;
  readonly rateLimits: readonly RateLimitSettings[];
}

/** What holds without a configuration file, and for what it does not say. */
export const noSections: FileSections = {
  fileRules: [],
  egress: openEgress,
  agents: [],
  redaction: { off: [], allowRange: [] },
  canaries: { action: "alarm" },
  rateLimits: [],
};
