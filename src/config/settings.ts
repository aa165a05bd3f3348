import type { AgentSetting } from "../proxy/known_agents.ts";
import type { CustomRule } from "../policy/custom_rule.ts";
import { type EgressSettings, openEgress } from "../policy/egress_policy.ts";
import { everyRule, type RedactionSettings } from "../policy/redaction_scope.ts";
import type { AuditSettings } from "../observe/audit_settings.ts";
import type { CanaryAction } from "../policy/canary.ts";

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
  readonly agents: readonly AgentSetting[];
  readonly audit: AuditSettings;
  readonly redaction: RedactionSettings;
  readonly canaries: CanaryAction;
  readonly rateLimits: readonly RateLimitSettings[];
}

/** What holds without a configuration file, and for what it does not say. */
export const noSections: FileSections = {
  fileRules: [],
  egress: openEgress,
  agents: [],
  audit: { maxBytes: 100_000_000, keep: 10, required: false },
  redaction: everyRule,
  canaries: "alarm",
  rateLimits: [],
};
