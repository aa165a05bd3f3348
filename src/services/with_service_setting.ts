import type { SecretStore, Setting } from "../secrets/secret_store.ts";
import type { CatalogueService } from "./catalogue_types.ts";
import { optionOf, userVariable } from "./service_options.ts";
import type { ServiceSetting } from "./service_setting.ts";

/** The store as one service sees it: what the configuration says stands for the service's variables. */
export function withServiceSetting(
  secrets: SecretStore,
  service: CatalogueService,
  { secrets: names, hosts, user, where: source }: ServiceSetting,
): SecretStore {
  const aliases = new Map<string, string>();
  for (const credential of service.credentials) {
    const name = names[optionOf(service, credential)];
    if (name !== undefined) aliases.set(credential.variable, name);
  }
  const settings = new Map<string, Setting>();
  const { hostVariable } = service;
  if (hostVariable !== undefined && hosts !== undefined) {
    settings.set(hostVariable, { value: hosts.join(","), source });
  }
  const forUser = userVariable(service);
  if (forUser !== undefined && user !== undefined) settings.set(forUser, { value: user, source });
  return secrets.with({ aliases, settings });
}
