import type { ServiceUpgrade } from "../wire/upgrade_protocol.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { type Carriers, createInjection, type ListMember } from "../policy/inject.ts";
import {
  describeTemplate,
  fillTemplate,
  type InjectionTemplate,
  secretNames,
} from "../policy/injection_template.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { RuleConditions } from "../policy/rule_order.ts";
import { type ClientCertificate, dateOf } from "../secrets/client_certificate.ts";
import type { Secret } from "../secrets/secret.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { ChangingCredential } from "./changing_credential.ts";
import { CombinedSource, type RuleSecret } from "./credential_source.ts";
import type { StartupNote } from "./draft.ts";

/** A rule before its secrets are looked up. */
export interface RuleSpec extends
  Pick<Rule, "name" | "hosts" | "source">,
  RuleConditions,
  Partial<
    Pick<Rule, "service" | "trustAnchors" | "trustAnchorsSource" | "serverName" | "claim">
  > {
  readonly template: InjectionTemplate;
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
  const { template, carriers, ensureMembers, clientCertificate, unavailable, ...rest } = spec;
  const names = secretNames(template);
  const base = {
    ...rest,
    fields: describeTemplate(template),
    variables: names.map((name) => {
      const source = (secrets.live(name) ?? secrets.get(name))?.source;
      return source === undefined ? { name } : { name, source };
    }),
  };
  if (unavailable !== undefined) return { ...base, unavailable };
  const found = new Map<string, RuleSecret>();
  for (const name of names) {
    const secret = secrets.live(name) ?? secrets.get(name);
    if (secret === undefined) return { ...base, unavailable: missingReason(name, secrets) };
    found.set(name, secret);
  }
  const handling = { carriers, ...(ensureMembers === undefined ? {} : { ensureMembers }) };
  const isLive = clientCertificate !== undefined || names.some((name) => secrets.live(name));
  if (isLive) {
    const options = { secrets: found, clientCertificate, now: () => Date.now() };
    const source = new CombinedSource(template, options);
    return { ...base, live: new ChangingCredential(source, handling) };
  }
  const filled = fillTemplate(template, (name) => secretAt(name, found));
  return { ...base, injection: createInjection({ ...filled, ...handling }) };
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

function secretAt(name: string, found: ReadonlyMap<string, RuleSecret>): Secret {
  const secret = found.get(name);
  if (secret !== undefined && "secret" in secret) return secret.secret;
  throw new TypeError(`Cannot fill a template: it does not name ${name}`);
}

function missingReason(name: string, secrets: SecretStore): string {
  const missing = secrets.missing(name);
  if (missing !== undefined) return missing;
  return secrets.refusal(name) === undefined
    ? `${name} is not set`
    : `the value of ${name} cannot be used`;
}
