import type { ServiceUpgrade } from "../wire/upgrade_protocol.ts";
import { describeField, type FieldTemplate } from "../policy/credential_format.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { type Carriers, createInjection, type ListMember } from "../policy/inject.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { RuleConditions } from "../policy/rule_order.ts";
import { type ClientCertificate, dateOf } from "../secrets/client_certificate.ts";
import { Renewable } from "../secrets/renewable.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { ChangingCredential } from "./changing_credential.ts";
import type { StartupNote } from "./draft.ts";

/** A rule before its secrets are looked up. */
export interface RuleSpec extends
  Pick<Rule, "name" | "hosts" | "source">,
  RuleConditions,
  Partial<
    Pick<Rule, "service" | "trustAnchors" | "trustAnchorsSource" | "serverName" | "claim">
  > {
  readonly fields: readonly FieldTemplate[];
  readonly carriers: Carriers;
  readonly upgrades?: readonly ServiceUpgrade[];
  readonly ensureMembers?: readonly ListMember[];
  /** What the service is shown in the handshake. */
  readonly clientCertificate?: ClientCertificate;
  /** A reason, known already, why nothing can be injected. */
  readonly unavailable?: string;
}

/** Makes a rule; one that is unavailable if any of its secrets is missing (invariant I8). */
export function makeRule(spec: RuleSpec, secrets: SecretStore): Rule {
  const { fields, carriers, ensureMembers, clientCertificate, unavailable, ...rest } = spec;
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
  if (clientCertificate !== undefined) {
    const source = new Renewable({
      title: `The client certificate ${clientCertificate.subject}`,
      now: () => Date.now(),
      first: {
        value: { fields: filled, clientCertificate },
        expiresAt: clientCertificate.notAfter,
      },
      meanwhile: "keep",
      pause: 0,
    });
    return { ...base, live: new ChangingCredential(source, carriers) };
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
  const credentials = [...variables, ...certificateNotes(rules)].join(", ");
  const message = `${hosts.join(", ")} with ${credentials}${trust}`;
  return { kind: "active", subject, message };
}

function certificateNotes(rules: readonly Rule[]): string[] {
  const certificates = rules.flatMap((rule) => credentialOf(rule).clientCertificate ?? []);
  return [
    ...new Set(
      certificates.map(({ subject, notAfter }) =>
        `the client certificate ${subject} (valid until ${dateOf(notAfter)})`
      ),
    ),
  ];
}

function missingReason(variable: string, secrets: SecretStore): string {
  return secrets.refusal(variable) === undefined
    ? `${variable} is not set`
    : `the value of ${variable} cannot be used`;
}
