import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { Secret } from "../secrets/secret.ts";
import { RenderedField, RenderedParameter } from "./rendered.ts";
import { looseName } from "../wire/loose_name.ts";
import { encodeLatin1, isFieldOctet, isTokenOctet } from "../wire/octets.ts";
import { encodedForms } from "./encoded_forms.ts";
import { type Pattern, SHORTEST_PATTERN } from "./pattern_set.ts";
import {
  bare,
  type CredentialFormat,
  type FieldDescription,
  nameOfDescription,
} from "./credential_format.ts";
import { AWS_FIELDS, awsAuthorization, type AwsRequest, type Digests } from "./aws_sigv4.ts";
import {
  describeTemplate,
  type FilledAwsSigV4,
  type FilledTemplate,
} from "./injection_template.ts";

/** A member of a comma-separated list field. */
export interface ListMember {
  /** The field's name in lower case. */
  readonly field: string;
  readonly member: string;
}

/** A kind of list member that is itself a credential, known by how it begins. */
export interface MemberPrefix {
  /** The field's name in lower case. */
  readonly field: string;
  /** Compared without regard to ASCII case. */
  readonly prefix: string;
}

/** Every way in which a client could bring a credential of its own to a service. */
export interface Carriers {
  /** Names of fields. */
  readonly fields: readonly string[];
  /** Names of query parameters. */
  readonly query?: readonly string[];
  /** Members of fields that hold other things too. */
  readonly members?: readonly MemberPrefix[];
}

/** What {@linkcode createInjection} makes an {@linkcode Injection} from. */
export interface InjectionSpec extends FilledTemplate {
  readonly carriers: Carriers;
  readonly ensureMembers?: readonly ListMember[];
}

/**
 * What is done to each request of one rule, ready to be applied: every carrier goes, and ours is
 * added last (invariant I3).
 */
export interface Injection {
  /** The field lines to add, in order, after everything else. */
  readonly fields: readonly RenderedField[];
  /** Query parameters to add at the end of the query, in order. */
  readonly query: readonly RenderedParameter[];
  /** Signs the request as it is sent, where that is how the service knows us. */
  readonly signer?: AwsSigner;
  /** The names of all that is added; of a query parameter with a `?` before it. */
  readonly names: readonly string[];
  /**
   * Fields to remove, all their lines: lower-case names. Of a name in a message that is not among
   * them, the {@linkcode looseName} counts too.
   */
  readonly removeFields: ReadonlySet<string>;
  /** All fields that are not passed on as they came: those, and the ones with members to edit. */
  readonly replacedFields: ReadonlySet<string>;
  /** Query parameters to remove: {@linkcode removeQueryParameters} takes them. */
  readonly removeQuery: ReadonlySet<string>;
  /** List members to remove; `mergeListField` takes them. */
  readonly removeMembers: readonly MemberPrefix[];
  /** List members that must be there beside what the client sent; `mergeListField` takes them. */
  readonly ensureMembers: readonly ListMember[];
  /** What is added, with the secrets blanked. */
  describe(): readonly FieldDescription[];
  /** What must not come back: {@linkcode credentialPatterns} takes them. */
  readonly credentials: readonly Credential[];
}

/** A secret, and the form in which it is sent; a client key is never sent. */
export interface Credential {
  readonly secret: Secret;
  readonly format: CredentialFormat | { readonly kind: "client_key" };
}

/** Signs requests for AWS with keys that cannot be printed. */
export class AwsSigner {
  /** What the rule says of the scope. */
  readonly region: string | undefined;
  readonly service: string | undefined;
  readonly #keys: FilledAwsSigV4["secrets"];

  constructor({ region, service, secrets }: FilledAwsSigV4) {
    this.region = region;
    this.service = service;
    this.#keys = secrets;
  }

  /**
   * Signs one request.
   *
   * @param request Without the fields that are returned.
   * @returns The lines to add: X-Amz-Date, X-Amz-Content-Sha256, the session token, Authorization.
   */
  sign(request: AwsRequest, digests: Digests): RenderedField[] {
    const { accessKeyId, secretAccessKey, sessionToken } = this.#keys;
    const ours: [name: string, value: string][] = [
      ["X-Amz-Date", request.date],
      ["X-Amz-Content-Sha256", request.payloadHash],
    ];
    if (sessionToken !== undefined) ours.push(["X-Amz-Security-Token", sessionToken.reveal()]);
    const fields = [
      ...request.fields,
      ...ours.map(([name, value]) => [name.toLowerCase(), value] as const),
    ];
    const key = {
      accessKeyId: accessKeyId.reveal(),
      secretAccessKey: secretAccessKey.reveal(),
    };
    ours.push(["Authorization", awsAuthorization({ ...request, fields }, { key, digests })]);
    return ours.map(([name, value]) => new RenderedField(name, renderLine(name, value)));
  }

  /** What must not come back. An access key's id is no secret: AWS itself names it in answers. */
  get credentials(): Credential[] {
    const { secretAccessKey, sessionToken } = this.#keys;
    return [secretAccessKey, ...sessionToken === undefined ? [] : [sessionToken]]
      .map((secret) => ({ secret, format: bare }));
  }
}

/**
 * Renders a rule's field lines. Called once per snapshot of the secrets, never per request.
 *
 * Of all that is sent to services, this file is the only place where a secret is revealed (invariant I4).
 *
 * @throws {TypeError} If a field name is no token (RFC 9110 section 5.6.2) or comes twice, or a
 * format or secret cannot stand in a field value (section 5.5). The message holds no secret.
 */
export function createInjection(spec: InjectionSpec): Injection {
  const descriptions = describeTemplate(spec);
  const parameters = spec.query ?? [];
  const query = parameters.map(({ name, format, secret }) => {
    const value = renderValue(format, secret.reveal());
    return new RenderedParameter(name, `${encodeParameter(name)}=${encodeParameter(value)}`);
  });
  const removeFields = new Set(spec.carriers.fields.map((name) => name.toLowerCase()));
  const ours = new Set<string>();
  const fields = spec.fields.map(({ name, format, secret }) => {
    const key = name.toLowerCase();
    if (ours.has(key)) throw new TypeError(`Cannot render field ${name}: it is set twice`);
    ours.add(key);
    removeFields.add(key);
    return new RenderedField(name, renderLine(name, renderValue(format, secret.reveal())));
  });
  const signer = spec.awsSigV4 === undefined ? undefined : new AwsSigner(spec.awsSigV4);
  if (signer !== undefined) { for (const name of AWS_FIELDS) removeFields.add(name); }
  const removeMembers = spec.carriers.members ?? [];
  const ensureMembers = spec.ensureMembers ?? [];
  const edited = [...removeMembers, ...ensureMembers].map(({ field }) => field);
  // A carrier with `_` in its name is one with `-` to some servers.
  for (const name of [...removeFields]) removeFields.add(looseName(name));
  return {
    fields,
    query,
    ...(signer === undefined ? {} : { signer }),
    names: descriptions.map(nameOfDescription),
    removeFields,
    replacedFields: new Set([...removeFields, ...edited]),
    removeQuery: new Set([...spec.carriers.query ?? [], ...parameters.map(({ name }) => name)]),
    removeMembers,
    ensureMembers,
    describe: () => descriptions,
    credentials: [
      ...[...spec.fields, ...parameters].map(({ secret, format }) => ({ secret, format })),
      ...signer?.credentials ?? [],
    ],
  };
}

/**
 * Lists what must not come back: every credential in all its {@linkcode encodedForms}; of Basic, the
 * pair as it is sent too.
 *
 * @returns The patterns, and the names of those whose secret is too short to be told from other text.
 */
export function credentialPatterns(
  credentials: Iterable<Credential>,
): { patterns: Pattern[]; tooShort: string[] } {
  const texts = new Map<string, string>();
  const tooShort = new Set<string>();
  const keyPatterns: Pattern[] = [];
  for (const { secret, format } of credentials) {
    const value = secret.reveal();
    if (format.kind === "client_key") {
      keyPatterns.push(...patternsOfKey(secret.name, value));
      continue;
    }
    if (value.length < SHORTEST_PATTERN) tooShort.add(secret.name);
    else texts.set(value, secret.name);
    if (format.kind === "basic") {
      const pair = renderValue(format, value).slice("Basic ".length);
      if (pair.length >= SHORTEST_PATTERN) texts.set(pair, secret.name);
    }
  }
  const patterns = [...texts].flatMap(([text, name]) =>
    encodedForms(text).map((form) => ({ name, octets: encodeLatin1(form) }))
  );
  return { patterns: [...patterns, ...keyPatterns], tooShort: [...tooShort].sort() };
}

/**
 * When a credential says that it expires: if it is a JWT with `exp` (RFC 7519 section 4.1.4). Its
 * signature is not looked at.
 *
 * @returns Milliseconds since the epoch; `undefined` if it says nothing.
 */
export function statedExpiry({ secret }: Pick<Credential, "secret">): number | undefined {
  const [, claims] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(secret.reveal()) ?? [];
  if (claims === undefined) return undefined;
  try {
    const base64 = claims.replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(base64)) as { exp?: unknown };
    // What no date can hold never comes.
    return typeof exp === "number" && Math.abs(exp) <= 8.64e12 ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What TLS needs to show a client certificate. The key is in clear: it goes to the handshake and
 * nowhere else.
 */
export function tlsIdentity({ chain, key }: ClientCertificate): { cert: string; key: string } {
  return { cert: chain, key: key.reveal() };
}

/**
 * A key is found by the lines of its PEM text: as they are, and in base64 as a kubeconfig, a talosconfig
 * or a Kubernetes secret has them, where each line stands at one of three alignments. The last one may
 * be too short to be told from other text.
 */
function patternsOfKey(name: string, pem: string): Pattern[] {
  const lines = pem.split("\n").filter((line) => !line.startsWith("-----") && line.length >= 32);
  return lines.flatMap((line) =>
    encodedForms(line).filter((form) => form.length <= line.length * 1.5)
      .map((form) => ({ name, octets: encodeLatin1(form) }))
  );
}

function renderValue(format: CredentialFormat, value: string): string {
  if (format.kind === "prefix") return `${format.prefix}${value}${format.suffix ?? ""}`;
  if (format.user.includes(":")) {
    // RFC 7617 section 2: the first colon ends the user-id.
    throw new TypeError("Cannot render Basic credentials: the user has a colon");
  }
  return `Basic ${btoa(`${format.user}:${value}`)}`;
}

/** RFC 3986 section 2.3: everything but unreserved characters is encoded. */
function encodeParameter(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function renderLine(name: string, value: string): Uint8Array {
  if (name === "" || !everyOctet(name, isTokenOctet)) {
    throw new TypeError("Cannot render a field: its name is no token");
  }
  if (value === "" || value.trim() !== value || !everyOctet(value, isFieldOctet)) {
    throw new TypeError(`Cannot render field ${name}: its value cannot stand in a field line`);
  }
  return encodeLatin1(`${name}: ${value}\r\n`);
}

function everyOctet(text: string, holds: (octet: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!holds(text.charCodeAt(at))) return false;
  }
  return true;
}
