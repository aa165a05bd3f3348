import type { CredentialFormat } from "../policy/credential_format.ts";
import type { Carriers, ListMember } from "../policy/inject.ts";

/** A format of the catalogue: the user of Basic may come from a variable. */
export type CatalogueFormat =
  | CredentialFormat
  | { readonly kind: "basic_user"; readonly userVariable: string };

/** Some hosts of a service, and what is added there. */
export interface CatalogueEndpoint {
  /** Appended to the service's name, where it has several endpoints: `git` → `github-git`. */
  readonly suffix?: string;
  /** Exact names, port 443. None for a service whose host is the customer's own. */
  readonly hosts: readonly string[];
  readonly fields: readonly { readonly name: string; readonly format: CatalogueFormat }[];
  readonly ensureMembers?: readonly ListMember[];
}

/** One kind of credential that a service takes. */
export interface CatalogueCredential {
  readonly variable: string;
  readonly endpoints: readonly CatalogueEndpoint[];
}

/** One row of the catalogue. */
export interface CatalogueService {
  /** In lower case; the name of its rules. */
  readonly name: string;
  /** The vendor's documentation of the header. */
  readonly docs: string;
  /** In order of preference: the first one that is set is used, never two. */
  readonly credentials: readonly CatalogueCredential[];
  /** Every way in which a client could bring its own credential. */
  readonly carriers: Carriers;
  /** The variable that names the customer's own hosts, separated by commas. */
  readonly hostVariable?: string;
  /** Variables that other tools read for the same purpose: their presence earns a hint. */
  readonly lookalikes?: readonly string[];
}
