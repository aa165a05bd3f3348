import type { Secret } from "../secrets/secret.ts";
import type { FieldTemplate } from "./credential_format.ts";

/** What a rule puts on requests, with the secrets left out: each is named in the place of its value. */
export interface InjectionTemplate {
  readonly fields: readonly FieldTemplate[];
}

/** A field with its secret. */
export type FilledField = FieldTemplate & { readonly secret: Secret };

/** The same with its secrets. */
export interface FilledTemplate {
  readonly fields: readonly FilledField[];
}

/** The names of the secrets that a template asks for, each once. */
export function secretNames({ fields }: InjectionTemplate): readonly string[] {
  return [...new Set(fields.map(({ variable }) => variable))];
}

/**
 * Puts secrets into a template.
 *
 * @param secretOf Gives the secret of each of {@linkcode secretNames}.
 */
export function fillTemplate(
  { fields }: InjectionTemplate,
  secretOf: (name: string) => Secret,
): FilledTemplate {
  return { fields: fields.map((field) => ({ ...field, secret: secretOf(field.variable) })) };
}
