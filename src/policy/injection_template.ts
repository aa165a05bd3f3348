import type { Secret } from "../secrets/secret.ts";
import {
  describeField,
  describeParameter,
  type FieldDescription,
  type FieldTemplate,
} from "./credential_format.ts";

/** What a rule puts on requests, with the secrets left out: each is named in the place of its value. */
export interface InjectionTemplate {
  readonly fields: readonly FieldTemplate[];
  /** Query parameters; none if absent. */
  readonly query?: readonly FieldTemplate[];
}

/** A field with its secret. */
export type FilledField = FieldTemplate & { readonly secret: Secret };

/** The same with its secrets. */
export interface FilledTemplate {
  readonly fields: readonly FilledField[];
  readonly query?: readonly FilledField[];
}

/** The names of the secrets that a template asks for, each once. */
export function secretNames({ fields, query = [] }: InjectionTemplate): readonly string[] {
  return [...new Set([...fields, ...query].map(({ variable }) => variable))];
}

/** Says what a template comes to, with the secrets left out. */
export function describeTemplate({ fields, query = [] }: InjectionTemplate): FieldDescription[] {
  return [...fields.map(describeField), ...query.map(describeParameter)];
}

/**
 * Puts secrets into a template.
 *
 * @param secretOf Gives the secret of each of {@linkcode secretNames}.
 */
export function fillTemplate(
  { fields, query }: InjectionTemplate,
  secretOf: (name: string) => Secret,
): FilledTemplate {
  const fill = (field: FieldTemplate) => ({ ...field, secret: secretOf(field.variable) });
  return { fields: fields.map(fill), ...(query === undefined ? {} : { query: query.map(fill) }) };
}
