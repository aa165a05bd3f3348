import { describeField, type FieldTemplate } from "../policy/credential_format.ts";
import type { HostPattern } from "../policy/host_pattern.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { allServices } from "./all_services.ts";
import type {
  CatalogueCredential,
  CatalogueEndpoint,
  CatalogueFormat,
  CatalogueService,
} from "./catalogue_types.ts";
import { newDraft, type RuleDraft } from "./draft.ts";
import { readHostList } from "./host_list.ts";
import { activeNote, makeRule } from "./make_rule.ts";
import { optionOf } from "./service_options.ts";
import type { ServiceSetting } from "./service_setting.ts";
import { withServiceSetting } from "./with_service_setting.ts";

const HTTPS_PORT = 443;

/**
 * Makes the rules of the catalogue's services: of those that the configuration has on, and of those
 * whose variables are set, unless it has them off.
 *
 * @param settings What the configuration says, by the service's name.
 */
export function buildCatalogueRules(
  secrets: SecretStore,
  settings: ReadonlyMap<string, ServiceSetting> = new Map(),
): RuleDraft {
  const draft = newDraft();
  for (const service of allServices) {
    const setting = settings.get(service.name);
    if (setting?.enabled === false) {
      addSwitchedOff(service, { secrets, draft, setting });
      continue;
    }
    const chosen = setting === undefined ? secrets : withServiceSetting(secrets, service, setting);
    addService(asNamed(service, setting), { secrets: chosen, draft, isOn: setting !== undefined });
  }
  return draft;
}

/** The service with the credentials that the configuration names, if it names any: no other is meant. */
function asNamed(service: CatalogueService, setting: ServiceSetting | undefined): CatalogueService {
  const named = service.credentials.filter((credential) =>
    setting?.secrets[optionOf(service, credential)] !== undefined
  );
  return named.length === 0 ? service : { ...service, credentials: named };
}

interface Context {
  readonly secrets: SecretStore;
  readonly draft: RuleDraft;
}

function addSwitchedOff(
  service: CatalogueService,
  { secrets, draft, setting }: Context & { setting: ServiceSetting },
): void {
  for (const credential of service.credentials.slice(0, 1)) {
    for (const endpoint of credential.endpoints) {
      draft.inactive.push({
        name: ruleName(service, endpoint),
        service: service.name,
        hosts: endpoint.hosts,
        fields: templates(credential, endpoint, secrets).map(describeField),
        variables: service.credentials.map(({ variable }) => variable),
        reason: `switched off (${setting.where})`,
      });
    }
  }
}

function addService(
  service: CatalogueService,
  { secrets, draft, isOn }: Context & { isOn: boolean },
): void {
  const { hostVariable } = service;
  const set = service.credentials.filter(({ variable }) => isSet(secrets, variable));
  const chosen = set[0] ?? service.credentials[0];
  if (chosen === undefined) return;
  const ownHosts = hostVariable === undefined ? undefined : readHostList(hostVariable, {
    secrets,
    defaultPort: HTTPS_PORT,
    wildcards: "refused",
    problems: draft.problems,
  });
  addNotes(service, { secrets, draft, set });
  const configured = hostVariable === undefined ? isOn || set.length > 0 : ownHosts !== undefined;
  if (!configured) {
    addInactive(service, { secrets, draft, chosen, set });
    return;
  }
  const rules = chosen.endpoints.map((endpoint) =>
    makeRule({
      name: ruleName(service, endpoint),
      service: service.name,
      hosts: ownHosts ?? endpoint.hosts.map(exactHost),
      template: { fields: templates(chosen, endpoint, secrets) },
      carriers: service.carriers,
      source: "catalogue",
      ...(endpoint.ensureMembers === undefined ? {} : { ensureMembers: endpoint.ensureMembers }),
      ...unavailableReason(service, { secrets, chosen, set }),
    }, secrets)
  ).filter((rule) => rule.hosts.length > 0);
  draft.rules.push(...rules);
  const reason = rules.find(({ unavailable }) => unavailable !== undefined)?.unavailable;
  if (reason !== undefined) {
    const message = `${reason}; until then its hosts are answered with 502`;
    draft.notes.push({ kind: "nearly", subject: service.name, message });
  } else if (rules.length > 0) draft.notes.push(activeNote(service.name, rules));
}

function addInactive(
  service: CatalogueService,
  { secrets, draft, chosen, set }: Context & {
    chosen: CatalogueCredential;
    set: readonly CatalogueCredential[];
  },
): void {
  const { hostVariable } = service;
  const tokens = service.credentials.map(({ variable }) => variable);
  const missing = hostVariable === undefined
    ? tokens.join(" or ")
    : set.length > 0
    ? hostVariable
    : `${hostVariable} and ${tokens.join(" or ")}`;
  for (const endpoint of chosen.endpoints) {
    draft.inactive.push({
      name: ruleName(service, endpoint),
      service: service.name,
      hosts: hostVariable === undefined ? endpoint.hosts : [`\${${hostVariable}}`],
      fields: templates(chosen, endpoint, secrets).map(describeField),
      variables: tokens,
      reason: `set ${missing}`,
    });
  }
  if (hostVariable !== undefined && set.length > 0) {
    draft.notes.push({
      kind: "nearly",
      subject: service.name,
      message: `${chosen.variable} is set, but goes nowhere: set ${hostVariable} to your own host`,
    });
  }
}

function addNotes(
  service: CatalogueService,
  { secrets, draft, set }: Context & { set: readonly CatalogueCredential[] },
): void {
  const [first, second] = set.map(({ variable }) => variable);
  if (second !== undefined) {
    draft.notes.push({
      kind: "notice",
      subject: service.name,
      message: `${first} and ${second} are both set: ${first} is used, never both`,
    });
  }
  if (first !== undefined) return;
  const lookalike = service.lookalikes?.find((variable) => isSet(secrets, variable));
  if (lookalike === undefined) return;
  const wanted = service.credentials.map(({ variable }) => variable).join(" or ");
  draft.notes.push({
    kind: "nearly",
    subject: service.name,
    message: `${lookalike} is set, but only ${wanted} is read: set that`,
  });
}

function unavailableReason(
  service: CatalogueService,
  { secrets, chosen, set }: {
    secrets: SecretStore;
    chosen: CatalogueCredential;
    set: readonly CatalogueCredential[];
  },
): { unavailable?: string } {
  if (set.length === 0) {
    const tokens = service.credentials.map(({ variable }) => variable);
    return { unavailable: `${tokens.join(" or ")} is not set` };
  }
  for (const { format } of chosen.endpoints.flatMap(({ fields }) => fields)) {
    if (format.kind !== "basic_user") continue;
    const user = secrets.setting(format.userVariable)?.value ?? "";
    if (user === "") return { unavailable: `${format.userVariable} is not set` };
    // RFC 7617 section 2: the first colon ends the user-id.
    if (!/^[\x21-\x39\x3b-\x7e]+$/.test(user)) {
      return { unavailable: `${format.userVariable} is no user name for Basic authentication` };
    }
  }
  return {};
}

function templates(
  { variable }: CatalogueCredential,
  { fields }: CatalogueEndpoint,
  secrets: SecretStore,
): FieldTemplate[] {
  return fields.map(({ name, format }) => ({
    name,
    variable,
    format: resolveFormat(format, secrets),
  }));
}

function resolveFormat(format: CatalogueFormat, secrets: SecretStore): FieldTemplate["format"] {
  if (format.kind !== "basic_user") return format;
  const user = secrets.setting(format.userVariable)?.value;
  return { kind: "basic", user: user ?? `\${${format.userVariable}}` };
}

function ruleName(service: CatalogueService, { suffix }: CatalogueEndpoint): string {
  return suffix === undefined ? service.name : `${service.name}-${suffix}`;
}

function exactHost(host: string): HostPattern {
  return { kind: "exact", host, port: HTTPS_PORT };
}

function isSet(secrets: SecretStore, variable: string): boolean {
  return secrets.has(variable);
}
