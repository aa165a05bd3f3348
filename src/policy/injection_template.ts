import type { AwsScope } from "./aws_sigv4.ts";
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
  readonly awsSigV4?: AwsSigV4Template;
}

/** How requests are signed for AWS. The keys are names of variables. */
export interface AwsSigV4Template extends Partial<AwsScope> {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The same with its secrets. */
export interface FilledAwsSigV4 extends AwsSigV4Template {
  readonly secrets: {
    readonly accessKeyId: Secret;
    readonly secretAccessKey: Secret;
    readonly sessionToken?: Secret;
  };
}

/** A field with its secret. */
export type FilledField = FieldTemplate & { readonly secret: Secret };

/** The same with its secrets. */
export interface FilledTemplate {
  readonly fields: readonly FilledField[];
  readonly query?: readonly FilledField[];
  readonly awsSigV4?: FilledAwsSigV4;
}

/** The names of the secrets that a template asks for, each once. */
export function secretNames(
  { fields, query = [], awsSigV4 }: InjectionTemplate,
): readonly string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = awsSigV4 ?? {};
  const ofAws = [accessKeyId, secretAccessKey, sessionToken].flatMap((name) => name ?? []);
  return [...new Set([...[...fields, ...query].map(({ variable }) => variable), ...ofAws])];
}

/** Says what a template comes to, with the secrets left out. */
export function describeTemplate(
  { fields, query = [], awsSigV4 }: InjectionTemplate,
): FieldDescription[] {
  return [
    ...fields.map(describeField),
    ...query.map(describeParameter),
    ...awsSigV4 === undefined ? [] : describeAws(awsSigV4),
  ];
}

function describeAws(
  { accessKeyId, secretAccessKey, sessionToken, region, service }: AwsSigV4Template,
): FieldDescription[] {
  const scope = `${region ?? "REGION"}/${service ?? "SERVICE"}`;
  const format = "AWS4-HMAC-SHA256 Credential=${" + accessKeyId + "}/DATE/" + scope +
    "/aws4_request, signed with ${" + secretAccessKey + "}";
  const token = sessionToken === undefined
    ? []
    : [{ header: "X-Amz-Security-Token", format: "${" + sessionToken + "}" }];
  return [{ header: "Authorization", format }, ...token];
}

/**
 * Puts secrets into a template.
 *
 * @param secretOf Gives the secret of each of {@linkcode secretNames}.
 */
export function fillTemplate(
  { fields, query, awsSigV4 }: InjectionTemplate,
  secretOf: (name: string) => Secret,
): FilledTemplate {
  const fill = (field: FieldTemplate) => ({ ...field, secret: secretOf(field.variable) });
  return {
    fields: fields.map(fill),
    ...(query === undefined ? {} : { query: query.map(fill) }),
    ...(awsSigV4 === undefined ? {} : { awsSigV4: fillAws(awsSigV4, secretOf) }),
  };
}

function fillAws(
  template: AwsSigV4Template,
  secretOf: (name: string) => Secret,
): FilledAwsSigV4 {
  const { accessKeyId, secretAccessKey, sessionToken } = template;
  const secrets = {
    accessKeyId: secretOf(accessKeyId),
    secretAccessKey: secretOf(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: secretOf(sessionToken) }),
  };
  return { ...template, secrets };
}
