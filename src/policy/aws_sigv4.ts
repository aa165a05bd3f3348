/**
 * AWS Signature Version 4, as a header (AWS General Reference, "Create a signed AWS API request").
 *
 * @module
 */
import { encodeLatin1 } from "../wire/octets.ts";

/** The digest functions, which this layer has not. */
export interface Digests {
  /** SHA-256 in lower-case hexadecimal digits. */
  sha256(octets: Uint8Array): string;
  hmacSha256(key: Uint8Array, octets: Uint8Array): Uint8Array;
}

/** Where a signature holds. */
export interface AwsScope {
  readonly region: string;
  /** As it is signed: `s3`, `dynamodb`. */
  readonly service: string;
}

/** A request as it is sent, its signature and what belongs to it aside. */
export interface AwsRequest {
  readonly method: string;
  /** In origin form (RFC 9112 section 3.2.1), one character for each octet. */
  readonly target: string;
  /** The fields to sign, Host among them: names in lower case; a name may come more than once. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** 64 hexadecimal digits, or a word that stands in their place: `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  readonly scope: AwsScope;
  /** `20150830T123600Z`, see {@linkcode amzDate}. It has to be among the fields as `x-amz-date`. */
  readonly date: string;
}

export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The fields that say who signed, when and over what content: the client's are not passed on. */
export const AWS_FIELDS: readonly string[] = [
  "authorization",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
];

const ALGORITHM = "AWS4-HMAC-SHA256";

/** Whether the services of this name take the path as it is: neither normalised nor encoded again. */
export function isS3({ service }: Pick<AwsScope, "service">): boolean {
  return /^s3(-|express|$)/.test(service);
}

/**
 * Writes the time that a signature is of.
 *
 * @param now Milliseconds since 1970.
 */
export function amzDate(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** @returns The value of Authorization. */
export function awsAuthorization(
  request: AwsRequest,
  { key, digests }: { key: AwsKey; digests: Digests },
): string {
  const { scope: { region, service }, date } = request;
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const canonical = digests.sha256(encodeLatin1(canonicalRequest(request)));
  const toSign = `${ALGORITHM}\n${date}\n${scope}\n${canonical}`;
  const signingKey = scope.split("/").reduce<Uint8Array>(
    (key, part) => digests.hmacSha256(key, encodeLatin1(part)),
    encodeLatin1(`AWS4${key.secretAccessKey}`),
  );
  const signature = hexOf(digests.hmacSha256(signingKey, encodeLatin1(toSign)));
  const names = canonicalFields(request.fields).map(([name]) => name).join(";");
  return `${ALGORITHM} Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names}, ` +
    `Signature=${signature}`;
}

/** The text whose digest is signed. */
export function canonicalRequest(
  { method, target, fields, payloadHash, scope }: Omit<AwsRequest, "date">,
): string {
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const sorted = canonicalFields(fields);
  return [
    method,
    isS3(scope) ? encode(decode(path), true) : encode(normalizePath(path), true),
    mark === -1 ? "" : canonicalQuery(target.slice(mark + 1)),
    ...sorted.map(([name, value]) => `${name}:${value}`),
    "",
    sorted.map(([name]) => name).join(";"),
    payloadHash,
  ].join("\n");
}

/** By name; the values of one name in the order in which they came. */
function canonicalFields(fields: AwsRequest["fields"]): [name: string, value: string][] {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const trimmed = value.trim().replace(/[ \t]+/g, " ");
    values.set(name, [...values.get(name) ?? [], trimmed]);
  }
  return [...values].map(([name, list]): [string, string] => [name, list.join(",")])
    .sort(([a], [b]) => compare(a, b));
}

function canonicalQuery(query: string): string {
  return query.split("&").filter((piece) => piece !== "").map((piece) => {
    const equals = piece.indexOf("=");
    const [name, value] = equals === -1
      ? [piece, ""]
      : [piece.slice(0, equals), piece.slice(equals + 1)];
    return [encode(decode(name)), encode(decode(value))] as const;
  }).sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`).join("&");
}

/** RFC 3986 section 5.2.4, and neighbouring slashes are one. */
function normalizePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}${path.endsWith("/") && kept.length > 0 ? "/" : ""}`;
}

function decode(text: string): string {
  return text.replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Everything but the unreserved characters (RFC 3986 section 2.3), octet for octet. */
function encode(text: string, keepsSlash = false): string {
  return text.replace(/[^A-Za-z0-9._~-]/g, (octet) => {
    if (keepsSlash && octet === "/") return octet;
    return `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hexOf(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
