import { recordOf } from "./json_value.ts";
import { type ClientCertificate, parseClientCertificate } from "./client_certificate.ts";
import { RenewalError } from "./renewable.ts";
import { parseSecretValue, type Secret } from "./secret.ts";

/** What a credential plugin has given out. */
export interface ExecCredential {
  readonly token?: Secret;
  readonly clientCertificate?: ClientCertificate;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface ExecCredentialOptions {
  /** What the plugin was asked for; it must answer in the same version. */
  readonly apiVersion: string;
  /** What the secrets are called. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Reads what a plugin has printed: an ExecCredential of client.authentication.k8s.io, versions v1 and
 * v1beta1 (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/).
 *
 * @throws {RenewalError} If it is none, or holds nothing that can be used. It quotes nothing.
 */
export function parseExecCredential(
  text: string,
  { apiVersion, name, now }: ExecCredentialOptions,
): ExecCredential {
  const credential = recordOf(parseJson(text));
  if (credential?.["kind"] !== "ExecCredential") throw refusal("its output is no ExecCredential");
  if (credential["apiVersion"] !== apiVersion) {
    throw refusal(`it does not answer in ${apiVersion}, as it was asked to`);
  }
  const status = recordOf(credential["status"]);
  if (status === undefined) throw refusal("its ExecCredential has no status");
  const token = textOf(status, "token");
  const pair = readPair(status, { name, now });
  if (token === undefined && pair === undefined) {
    throw refusal("it gives neither a token nor a client certificate");
  }
  const expiresAt = earliest(readExpiry(status), pair?.notAfter);
  if (expiresAt !== undefined && expiresAt <= now) {
    throw refusal("the credential that it gives has expired already");
  }
  return {
    ...(token === undefined ? {} : { token: readToken(token, name) }),
    ...(pair === undefined ? {} : { clientCertificate: pair }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function readToken(text: string, name: string): Secret {
  const parsed = parseSecretValue(`${name} token`, text);
  if ("refusal" in parsed) throw refusal(`the token that it gives ${parsed.refusal}`);
  return parsed.secret;
}

function readPair(
  status: Readonly<Record<string, unknown>>,
  { name, now }: { name: string; now: number },
): ClientCertificate | undefined {
  const certificate = textOf(status, "clientCertificateData");
  const key = textOf(status, "clientKeyData");
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw refusal("it gives a client certificate without its key, or the key alone");
  }
  const parsed = parseClientCertificate({ name: `${name} client key`, certificate, key }, now);
  if ("refusal" in parsed) throw refusal(`of what it gives ${parsed.refusal}`);
  return parsed.certificate;
}

function readExpiry(status: Readonly<Record<string, unknown>>): number | undefined {
  const text = textOf(status, "expirationTimestamp");
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (Number.isNaN(time)) throw refusal("its expirationTimestamp is no time (RFC 3339)");
  return time;
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a ?? b : Math.min(a, b);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the text.
    throw refusal("its output is no JSON");
  }
}

/** A text that is not empty: Go writes what is absent as an empty one. */
function textOf(record: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = record[key];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw refusal(`its ${key} is no text`);
  return value;
}

function refusal(state: string): RenewalError {
  return new RenewalError(`the plugin is of no use: ${state}`);
}
