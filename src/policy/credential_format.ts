/** How a credential is written into a field value. */
export type CredentialFormat =
  /** `prefix`, the secret, `suffix`: `Bearer …`, `Token token=…`, or nothing around it. */
  | { readonly kind: "prefix"; readonly prefix: string; readonly suffix?: string }
  /** The Basic scheme (RFC 7617) with the secret as password. */
  | { readonly kind: "basic"; readonly user: string };

/** A field that a rule adds, with the secret left out. */
export interface FieldTemplate {
  /** As it is sent, for example `Authorization`. */
  readonly name: string;
  readonly format: CredentialFormat;
  /** The variable whose value goes there. */
  readonly variable: string;
}

/** What a rule adds, for people to read: a field, or a query parameter. */
export type FieldDescription =
  & (
    | { readonly header: string; readonly query?: never }
    | { readonly query: string; readonly header?: never }
  )
  & {
    /** With the secret blanked: `Bearer ${GITHUB_TOKEN}`. */
    readonly format: string;
  };

/** The name of what is added: of a query parameter with a `?` before it. */
export function nameOfDescription({ header, query }: FieldDescription): string {
  return header ?? `?${query}`;
}

/** `Authorization: Bearer SECRET` (RFC 6750 section 2.1). */
export const bearer: CredentialFormat = { kind: "prefix", prefix: "Bearer " };

/** The secret, and nothing else. */
export const bare: CredentialFormat = { kind: "prefix", prefix: "" };

/** Says what a query parameter will look like. */
export function describeParameter({ name, ...template }: FieldTemplate): FieldDescription {
  return { query: name, format: describeField({ name, ...template }).format };
}

/** Says what a field will look like, with `${VARIABLE}` where the secret stands. */
export function describeField({ name, format, variable }: FieldTemplate): FieldDescription {
  const blank = "${" + variable + "}";
  return {
    header: name,
    format: format.kind === "basic"
      ? `Basic base64(${format.user}:${blank})`
      : `${format.prefix}${blank}${format.suffix ?? ""}`,
  };
}
