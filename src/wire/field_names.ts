/**
 * Interned field names. Most names on the wire are among a few dozen: looking them up by a hash
 * that is computed while their octets are validated saves a new string per field line.
 *
 * @module
 */

import { decodeLatin1 } from "./octets.ts";

const wellKnown = [
  "accept",
  "accept-encoding",
  "accept-language",
  "accept-ranges",
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "age",
  "alt-svc",
  "anthropic-beta",
  "anthropic-version",
  "authorization",
  "cache-control",
  "connection",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-security-policy",
  "content-type",
  "cookie",
  "date",
  "etag",
  "expect",
  "expires",
  "host",
  "http2-settings",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "keep-alive",
  "last-modified",
  "link",
  "location",
  "origin",
  "pragma",
  "private-token",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "proxy-status",
  "range",
  "referer",
  "retry-after",
  "sec-fetch-mode",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "server",
  "set-cookie",
  "strict-transport-security",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "vary",
  "via",
  "www-authenticate",
  "x-api-key",
  "x-content-type-options",
  "x-forwarded-for",
  "x-frame-options",
  "x-goog-api-key",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-request-id",
] as const;

const SLOTS = 1024;
const slots: (string | undefined)[] = new Array(SLOTS).fill(undefined);

/** The hash of an empty name; {@linkcode hashNameOctet} folds each octet into it. */
export const NAME_HASH_START = 5381;

/** Folds one octet of a field name, ASCII case ignored, into the hash. */
export function hashNameOctet(hash: number, octet: number): number {
  return (Math.imul(hash, 33) ^ (octet | 0x20)) >>> 0;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}

for (const name of wellKnown) {
  let hash = NAME_HASH_START;
  for (let at = 0; at < name.length; at++) hash = hashNameOctet(hash, name.charCodeAt(at));
  slots[slotOf(hash)] = name;
}

/**
 * Returns the field name at `bytes[start, end)` in ASCII lower case.
 *
 * @param hash {@linkcode hashNameOctet} folded over the same octets.
 */
export function lowerCaseName(
  bytes: Uint8Array,
  range: { start: number; end: number; hash: number },
): string {
  const { start, end, hash } = range;
  const candidate = slots[slotOf(hash)];
  if (candidate !== undefined && equalsIgnoringCase(bytes, { start, end, name: candidate })) {
    return candidate;
  }
  return decodeLatin1(bytes, start, end).toLowerCase();
}

function equalsIgnoringCase(
  bytes: Uint8Array,
  { start, end, name }: { start: number; end: number; name: string },
): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) {
    const octet = bytes[start + at] ?? 0;
    const lower = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
    if (lower !== name.charCodeAt(at)) return false;
  }
  return true;
}
