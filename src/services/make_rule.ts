import type { ServiceUpgrade } from "../wire/upgrade_protocol.ts";
import { describeField, type FieldTemplate } from "../policy/credential_format.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { type Carriers, createInjection, type ListMember } from "../policy/inject.ts";
import type { Rule } from "../policy/rule.ts";
import type { RuleConditions } from "../policy/rule_order.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import type { StartupNote } from "./draft.ts";

/** A rule before its secrets are looked up. */
export interface RuleSpec
  extends
    Pick<Rule, "name" | "hosts" | "source">,
    RuleConditions,
    Partial<Pick<Rule, "service" | "trustAnchors" | "trustAnchorsSource" | "claim">> {
  readonly fields: readonly FieldTemplate[];
  readonly carriers: Carriers;
  readonly upgrades?: readonly ServiceUpgrade[];
  readonly ensureMembers?: readonly ListMember[];
  /** A reason, known already, why nothing can be injected. */
  readonly unavailable?: string;
}

/** Makes a rule; one that is unavailable if any of its secrets is missing (invariant I8). */
export function makeRule(spec: RuleSpec, secrets: SecretStore): Rule {
  const { fields, carriers, ensureMembers, unavailable, ...rest } = spec;
  const names = [...new Set(fields.map(({ variable }) => variable))];
  const base = {
    ...rest,
    fields: fields.map(describeField),
    variables: names.map((name) => {
      const source = secrets.get(name)?.source;
      return source === undefined ? { name } : { name, source };
    }),
  };
  if (unavailable !== undefined) return { ...base, unavailable };
  const filled = [];
  for (const field of fields) {
    const stored = secrets.get(field.variable);
    if (stored === undefined) {
      return { ...base, unavailable: missingReason(field.variable, secrets) };
    }
    filled.push({ ...field, secret: stored.secret });
  }
  const members = ensureMembers === undefined ? {} : { ensureMembers };
  return { ...base, injection: createInjection({ fields: filled, carriers, ...members }) };
}

/** Says that a rule works: `api.github.com, github.com with GITHUB_TOKEN (secrets.env:3)`. */
export function activeNote(subject: string, rules: readonly Rule[]): StartupNote {
  const hosts = rules.flatMap((rule) => rule.hosts)
    .map((pattern) => formatHostPattern(pattern, { defaultPort: 443 }));
  const variables = new Set(
    rules.flatMap((rule) => rule.variables).map(({ name, source }) => `${name} (${source})`),
  );
  const anchors = new Set(rules.flatMap(({ trustAnchorsSource: file }) => file ?? []));
  const trust = anchors.size === 0 ? "" : `, trusting only ${[...anchors].join(", ")}`;
  const message = `${hosts.join(", ")} with ${[...variables].join(", ")}${trust}`;
  return { kind: "active", subject, message };
}

function missingReason(variable: string, secrets: SecretStore): string {
  return secrets.refusal(variable) === undefined
    ? `${variable} is not set`
    : `the value of ${variable} cannot be used`;
}
