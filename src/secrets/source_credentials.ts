/**
 * What sources show to the places that they obtain secrets from. It is the second and last file that
 * reveals a secret, beside `policy/inject.ts`, which puts them on requests: what comes of it goes into a
 * request over verified TLS to a place that the operator named, and nowhere else.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Secret } from "./secret.ts";

/** A body of `application/x-www-form-urlencoded`. */
export function formBody(
  parameters: Readonly<Record<string, string | Secret | undefined>>,
): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) form.set(name, typeof value === "string" ? value : value.reveal());
  }
  return form.toString();
}

/** A body of JSON, an object of texts. */
export function jsonBody(parameters: Readonly<Record<string, string | Secret>>): string {
  return JSON.stringify(Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === "string" ? value : value.reveal(),
    ]),
  ));
}

/**
 * `Basic` credentials of an OAuth2 client: both parts are form-encoded first (RFC 6749 section 2.3.1).
 */
export function clientBasic(clientId: string, secret: Secret): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
  const pair = `${encode(clientId)}:${encode(secret.reveal())}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** A header with nothing but a secret in it. */
export function secretHeader(secret: Secret, prefix = ""): string {
  return `${prefix}${secret.reveal()}`;
}
