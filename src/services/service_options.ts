import { allServices } from "./all_services.ts";
import type { CatalogueCredential, CatalogueService } from "./catalogue_types.ts";
import type { CredentialOption, ServiceOptions } from "./service_setting.ts";

/** The options that the configuration may set, of each service of the catalogue. */
export function serviceOptions(): ServiceOptions[] {
  return allServices.map((service) => ({
    name: service.name,
    credentials: service.credentials.map((credential) => optionOf(service, credential)),
    hosts: service.hostVariable !== undefined,
    user: userVariable(service) !== undefined,
  }));
}

/** What a credential is called there: `token` is what a service takes first. */
export function optionOf(
  { credentials: [first] }: CatalogueService,
  credential: CatalogueCredential,
): CredentialOption {
  if (credential === first) return "token";
  return credential.variable.endsWith("_PAT") ? "pat" : "oauth_token";
}

/** The variable that has the user of Basic, if it has to be told. */
export function userVariable({ credentials }: CatalogueService): string | undefined {
  for (const { endpoints } of credentials) {
    for (const { format } of endpoints.flatMap(({ fields }) => fields)) {
      if (format.kind === "basic_user") return format.userVariable;
    }
  }
  return undefined;
}
