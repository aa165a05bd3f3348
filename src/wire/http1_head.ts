import { CR, decodeLatin1, isFieldOctet, isTokenOctet, LF, SP } from "./octets.ts";
import { Fields } from "./fields.ts";
import { HeadTooLargeError, WireError } from "./wire_error.ts";

/** Minor version of an HTTP/1 message. */
export type MinorVersion = 0 | 1;

/** What both kinds of head have. The octets belong to whoever parsed them. */
interface Head {
  readonly octets: Uint8Array;
  /** The start line with its CRLF is `octets[0, startLineEnd)`. */
  readonly startLineEnd: number;
  readonly minorVersion: MinorVersion;
  readonly fields: Fields;
}

/** A request line and its fields (RFC 9112 section 3). */
export interface RequestHead extends Head {
  readonly method: string;
  /** The request target as it came, one character per octet; see `parseRequestTarget()`. */
  readonly target: string;
}

/** A status line and its fields (RFC 9112 section 4). */
export interface ResponseHead extends Head {
  readonly status: number;
  readonly reason: string;
}

/** The most that a head may hold. */
export interface HeadLimits {
  /** Octets, from the start line to the empty line, both included. */
  readonly maxBytes: number;
  readonly maxFieldLines: number;
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT"] as const;

/**
 * Finds the end of a head that may still be arriving.
 *
 * @param bytes What has arrived, from the start of the head.
 * @param scanned How many of these octets an earlier call has seen, so that a head that comes octet
 *   by octet is still scanned once.
 * @returns The offset just after the empty line, or -1 if it has not come yet.
 * @throws {WireError} on a bare LF, as soon as it is seen: RFC 9112 section 2.2 lets a recipient take
 *   it for a line end, and that two recipients differ is what smuggling lives on.
 * @throws {HeadTooLargeError} when `maxBytes` octets hold no end.
 */
export function findHeadEnd(bytes: Uint8Array, scanned: number, limits: HeadLimits): number {
  const limit = Math.min(bytes.length, limits.maxBytes);
  for (let at = scanned; at < limit; at++) {
    if (bytes[at] !== LF) continue;
    if (bytes[at - 1] !== CR) throw new WireError("Cannot parse the head: a bare LF");
    if (at === 1) throw new WireError("Cannot parse the head: it starts with an empty line");
    if (bytes[at - 2] === LF) return at + 1;
  }
  if (bytes.length >= limits.maxBytes) {
    throw new HeadTooLargeError(
      `Cannot accept the head: it is longer than ${limits.maxBytes} octets`,
    );
  }
  return -1;
}

/**
 * Parses a whole request head.
 *
 * @param bytes The head from its first octet; `end` as {@linkcode findHeadEnd} gave it.
 * @throws {WireError} if it is malformed or of a version that is not HTTP/1.0 or HTTP/1.1.
 */
export function parseRequestHead(bytes: Uint8Array, end: number, limits: HeadLimits): RequestHead {
  let at = 0;
  while (isTokenOctet(bytes[at] ?? 0)) at++;
  if (at === 0 || bytes[at] !== SP) {
    throw new WireError(
      "Cannot parse the request line: it does not start with a method and a space",
    );
  }
  const method = internMethod(bytes, at);
  const targetStart = ++at;
  while (bytes[at] !== SP && isFieldOctet(bytes[at] ?? 0)) at++;
  if (at === targetStart || bytes[at] !== SP) {
    throw new WireError(
      "Cannot parse the request line: no request target with one space around it",
    );
  }
  const target = decodeLatin1(bytes, targetStart, at);
  const minorVersion = parseVersion(bytes, at + 1);
  const lineEnd = at + 1 + VERSION_LENGTH;
  if (minorVersion === undefined || bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) {
    throw new WireError("Cannot parse the request line: it does not end in HTTP/1.0 or HTTP/1.1");
  }
  const startLineEnd = lineEnd + 2;
  const fields = parseFields(bytes, startLineEnd, { end, limits });
  return { method, target, minorVersion, octets: bytes, startLineEnd, fields };
}

/**
 * Parses a whole response head.
 *
 * @param bytes The head from its first octet; `end` as {@linkcode findHeadEnd} gave it.
 * @throws {WireError} if it is malformed or of a version that is not HTTP/1.0 or HTTP/1.1.
 */
export function parseResponseHead(
  bytes: Uint8Array,
  end: number,
  limits: HeadLimits,
): ResponseHead {
  const minorVersion = parseVersion(bytes, 0);
  if (minorVersion === undefined || bytes[VERSION_LENGTH] !== SP) {
    throw new WireError(
      "Cannot parse the status line: it does not start with HTTP/1.0 or HTTP/1.1",
    );
  }
  let at = VERSION_LENGTH + 1;
  let status = 0;
  for (const last = at + 3; at < last; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) {
      throw new WireError("Cannot parse the status line: the status is not three digits");
    }
    status = status * 10 + digit;
  }
  // RFC 9110 section 15: anything else is no status code.
  if (status < 100 || status > 599) {
    throw new WireError(`Cannot parse the status line: status ${status}`);
  }
  // RFC 9112 section 4 demands a space after the status even where the reason is empty; servers
  // that leave it out are common, and there is only one way to read them.
  if (bytes[at] === SP) at++;
  else if (bytes[at] !== CR) {
    throw new WireError("Cannot parse the status line: no space after the status");
  }
  const reasonStart = at;
  while (isFieldOctet(bytes[at] ?? 0)) at++;
  if (bytes[at] !== CR || bytes[at + 1] !== LF) {
    throw new WireError("Cannot parse the status line: a control character in the reason");
  }
  const reason = decodeLatin1(bytes, reasonStart, at);
  const startLineEnd = at + 2;
  const fields = parseFields(bytes, startLineEnd, { end, limits });
  return { status, reason, minorVersion, octets: bytes, startLineEnd, fields };
}

function parseFields(
  bytes: Uint8Array,
  start: number,
  { end, limits }: { end: number; limits: HeadLimits },
): Fields {
  return Fields.parse(bytes, { start, end: end - 2, maxLines: limits.maxFieldLines });
}

const VERSION_LENGTH = "HTTP/1.x".length;
const versionPrefix = Array.from("HTTP/1.", (character) => character.charCodeAt(0));

function parseVersion(bytes: Uint8Array, at: number): MinorVersion | undefined {
  for (let index = 0; index < versionPrefix.length; index++) {
    if (bytes[at + index] !== versionPrefix[index]) return undefined;
  }
  const minor = bytes[at + versionPrefix.length];
  return minor === 0x31 ? 1 : minor === 0x30 ? 0 : undefined;
}

function internMethod(bytes: Uint8Array, length: number): string {
  for (const method of methods) {
    if (method.length === length && startsWith(bytes, method)) return method;
  }
  return decodeLatin1(bytes, 0, length);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[at] !== text.charCodeAt(at)) return false;
  }
  return true;
}
