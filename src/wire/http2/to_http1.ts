/**
 * Messages of HTTP/2 in the form that the whole proxy works with: that of HTTP/1.1.
 *
 * Every field is checked here, where the form changes, and once more by the parser of the other form:
 * what has been put together here is read as any other head (RFC 9113 sections 8.2, 8.3 and 10.3).
 *
 * @module
 */
import type { OctetBuffer } from "../octet_buffer.ts";
import { HTAB, isFieldOctet, isTokenOctet, SP } from "../octets.ts";
import { WireError } from "../wire_error.ts";
import type { HeaderField } from "./header_field.ts";

/** How the content that follows a head is told in HTTP/1.1. */
export type Content =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

const none: Content = { kind: "none" };
const chunked: Content = { kind: "chunked" };

/** RFC 9113 section 8.2.2: these mean a malformed message. */
const connectionSpecific: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Methods whose content has a meaning: a length of 0 is said where there is none. */
const expectContent: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * Writes a request's head.
 *
 * @param options `end` says that nothing follows the field section.
 * @throws {WireError} if the field section is malformed, or is CONNECT's: RFC 8441 is not spoken here.
 */
export function writeRequestHead(
  out: OctetBuffer,
  fields: readonly HeaderField[],
  { end }: { end: boolean },
): Content {
  const pseudo = takePseudoFields(fields, requestPseudoFields);
  const method = pseudo.get(":method");
  const path = pseudo.get(":path");
  if (method === undefined || !everyOctet(method, isTokenOctet) || method === "") {
    throw new WireError("Cannot accept the request: no :method, or one that is no token");
  }
  if (method === "CONNECT") throw new WireError("Cannot forward CONNECT inside a tunnel");
  if (pseudo.get(":scheme") !== "https") {
    throw new WireError("Cannot accept the request: :scheme is not https");
  }
  if (path === undefined || !everyOctet(path, isTargetOctet) || !/^(?:\/|\*$)/.test(path)) {
    throw new WireError("Cannot accept the request: :path is no path");
  }
  out.text(`${method} ${path} HTTP/1.1\r\n`);
  out.text(`host: ${soleAuthority(fields, pseudo.get(":authority"))}\r\n`);
  const { length, takesTrailers } = copyFields(out, fields, {
    isDropped: (name) => name === "host",
  });
  writeCookies(out, fields);
  if (takesTrailers) out.text("connection: te\r\nte: trailers\r\n");
  if (end) {
    if (length !== undefined && length !== "0") throw shorterThanSaid();
    if (length === undefined && expectContent.has(method)) out.text("content-length: 0\r\n");
  }
  return closeHead(out, { length, hasContent: !end });
}

/**
 * Writes a response's head.
 *
 * @param options `method` is that of the request; `end` as above.
 * @throws {WireError} if the field section is malformed.
 */
export function writeResponseHead(
  out: OctetBuffer,
  fields: readonly HeaderField[],
  { method, end }: { method: string; end: boolean },
): Content & { readonly interim: boolean } {
  const status = takePseudoFields(fields, responsePseudoFields).get(":status");
  // RFC 9113 section 8.6: there is no 101 here.
  if (status === undefined || !/^[1-5][0-9]{2}$/.test(status) || status === "101") {
    throw new WireError("Cannot accept the response: no :status, or none of HTTP/2");
  }
  const interim = status.startsWith("1");
  if (interim && end) throw new WireError("Cannot accept the response: it ends as an interim one");
  out.text(`HTTP/1.1 ${status} \r\n`);
  const { length } = copyFields(out, fields, { isDropped: () => false });
  const contentless = interim || status === "204" || status === "304" || method === "HEAD";
  if (end && !contentless && length !== undefined && length !== "0") throw shorterThanSaid();
  if (contentless) {
    out.text("\r\n");
    return { ...none, interim };
  }
  // Chunks without any content tell the end from a connection that breaks.
  return { ...closeHead(out, { length, hasContent: true }), interim };
}

/**
 * Writes a trailer section's field lines.
 *
 * @throws {WireError} if the field section is malformed.
 */
export function writeTrailers(out: OctetBuffer, fields: readonly HeaderField[]): void {
  takePseudoFields(fields, noPseudoFields);
  const { length } = copyFields(out, fields, { isDropped: () => false });
  if (length !== undefined) throw new WireError("Cannot accept the trailers: content-length");
}

const requestPseudoFields: ReadonlySet<string> = new Set([
  ":method",
  ":scheme",
  ":authority",
  ":path",
]);
const responsePseudoFields: ReadonlySet<string> = new Set([":status"]);
const noPseudoFields: ReadonlySet<string> = new Set();

function takePseudoFields(
  fields: readonly HeaderField[],
  known: ReadonlySet<string>,
): Map<string, string> {
  const found = new Map<string, string>();
  let isOver = false;
  for (const { name, value } of fields) {
    if (!name.startsWith(":")) {
      isOver = true;
      continue;
    }
    if (isOver || !known.has(name) || found.has(name)) {
      throw new WireError("Cannot accept the field section: a pseudo-header field out of place");
    }
    found.set(name, value);
  }
  return found;
}

/** RFC 9113 section 8.3.1: Host, where it is sent too, says the same. */
function soleAuthority(fields: readonly HeaderField[], authority: string | undefined): string {
  const hosts = fields.filter(({ name }) => name === "host").map(({ value }) => value);
  const [sole, ...more] = new Set(authority === undefined ? hosts : [authority, ...hosts]);
  if (sole === undefined || more.length > 0 || hosts.length > 1) {
    throw new WireError("Cannot accept the request: no :authority, or more than one");
  }
  checkValue(sole);
  return sole;
}

/** Copies what is no pseudo-header field; Cookie is left to {@linkcode writeCookies}. */
function copyFields(
  out: OctetBuffer,
  fields: readonly HeaderField[],
  { isDropped }: { isDropped: (name: string) => boolean },
): { length: string | undefined; takesTrailers: boolean } {
  let length: string | undefined;
  let takesTrailers = false;
  for (const { name, value } of fields) {
    if (name.startsWith(":")) continue;
    if (name === "" || !everyOctet(name, isNameOctet)) {
      throw new WireError("Cannot accept a field: its name is no token in lower case");
    }
    checkValue(value);
    if (connectionSpecific.has(name)) {
      throw new WireError(`Cannot accept the field section: ${name} is of HTTP/1.1`);
    }
    if (name === "te") {
      if (value.toLowerCase() !== "trailers") {
        throw new WireError("Cannot accept the field section: te is not trailers");
      }
      takesTrailers = true;
      continue;
    }
    if (name === "content-length") {
      if (length !== undefined) {
        throw new WireError("Cannot accept the field section: more than one content-length");
      }
      length = checkedLength(value);
    }
    if (name === "cookie" || isDropped(name)) continue;
    out.text(name);
    out.text(": ");
    out.text(value);
    out.text("\r\n");
  }
  return { length, takesTrailers };
}

/** RFC 9113 section 8.2.3: what came in pieces is one field outside HTTP/2. */
function writeCookies(out: OctetBuffer, fields: readonly HeaderField[]): void {
  const crumbs = fields.filter(({ name }) => name === "cookie").map(({ value }) => value);
  if (crumbs.length > 0) out.text(`cookie: ${crumbs.join("; ")}\r\n`);
}

function closeHead(
  out: OctetBuffer,
  { length, hasContent }: { length: string | undefined; hasContent: boolean },
): Content {
  if (hasContent && length === undefined) {
    out.text("transfer-encoding: chunked\r\n\r\n");
    return chunked;
  }
  out.text("\r\n");
  if (!hasContent || length === undefined) return none;
  return { kind: "length", length: Number(length) };
}

/** Digits alone (RFC 9110 section 8.6), few enough for a safe integer. */
function checkedLength(value: string): string {
  if (/^[0-9]{1,15}$/.test(value)) return value;
  throw new WireError("Cannot accept the field section: content-length is no decimal number");
}

function shorterThanSaid(): WireError {
  return new WireError("Cannot accept the message: shorter than its content-length");
}

/** RFC 9113 section 8.2.1, and no control character at all (RFC 9110 section 5.5). */
function checkValue(value: string): void {
  if (!everyOctet(value, isFieldOctet) || isBlank(value.at(0)) || isBlank(value.at(-1))) {
    throw new WireError("Cannot accept a field: its value cannot stand in a field line");
  }
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function isNameOctet(octet: number): boolean {
  return isTokenOctet(octet) && (octet < 0x41 || octet > 0x5a);
}

function isTargetOctet(octet: number): boolean {
  return isFieldOctet(octet) && octet !== SP && octet !== HTAB;
}

function everyOctet(text: string, holds: (octet: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!holds(text.charCodeAt(at))) return false;
  }
  return true;
}
