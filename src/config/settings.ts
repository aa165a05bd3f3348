import type { AgentSetting } from "../proxy/known_agents.ts";
import type { CustomRule } from "../policy/custom_rule.ts";
import { type EgressSettings, openEgress } from "../policy/egress_policy.ts";
import type { RateLimitSettings } from "../policy/rate_limit.ts";
import { everyRule, type RedactionSettings } from "../policy/redaction_scope.ts";
import type { AuditSettings } from "../observe/audit_settings.ts";
import type { CanaryAction } from "../policy/canary.ts";
import type { SecretSpec } from "../secrets/secret_spec.ts";
import type { ClusterSetting, ServiceSetting } from "../services/service_setting.ts";
import type { Settings, Sourced } from "./merge_settings.ts";

/** What only a configuration file says. */
export interface FileSections {
  readonly fileRules: readonly CustomRule[];
  readonly egress: EgressSettings;
  readonly agents: readonly AgentSetting[];
  readonly redaction: RedactionSettings;
  readonly canaries: CanaryAction;
  readonly rateLimits: readonly RateLimitSettings[];
  /** Where named secrets come from. */
  readonly secrets: ReadonlyMap<string, SecretSpec>;
  /** By the service's name. */
  readonly services: ReadonlyMap<string, ServiceSetting>;
  readonly clusters: readonly ClusterSetting[];
}

/** What a configuration file says. */
export interface FileConfig extends FileSections {
  /** What flags and variables may say too. */
  readonly settings: Settings;
  /** `NAME=VALUE`. */
  readonly limits: readonly Sourced<string>[];
  /** How the audit log is kept. */
  readonly audit: AuditSettings;
  /** Its sections as they are written, and where; for people. */
  readonly written: ReadonlyMap<string, Sourced<unknown>>;
}

/** What holds without a configuration file, and for what it does not say. */
export const noFile: FileConfig = {
  fileRules: [],
  egress: openEgress,
  agents: [],
  audit: { maxBytes: 100_000_000, keep: 10, required: false },
  redaction: everyRule,
  canaries: "alarm",
  rateLimits: [],
  secrets: new Map(),
  services: new Map(),
  clusters: [],
  settings: {},
  limits: [],
  written: new Map(),
};
