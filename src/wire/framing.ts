import type { Fields } from "./fields.ts";
import type { RequestHead, ResponseHead } from "./http1_head.ts";
import { WireError } from "./wire_error.ts";

/** How the end of a message body is known (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** The message ends with its head. */
export const noBody: Framing = { kind: "none" };
const chunked: Framing = { kind: "chunked" };
const close: Framing = { kind: "close" };

/**
 * Tells how a request's body is framed.
 *
 * We are stricter than RFC 9112 section 6.3: what a recipient may repair (Transfer-Encoding next to
 * Content-Length, repeated lengths of the same value) is refused, as two recipients may repair it in
 * two ways.
 *
 * @throws {WireError} where the framing is malformed or can be read in two ways.
 */
export function requestFraming({ fields, minorVersion }: RequestHead): Framing {
  const length = contentLength(fields);
  if (!fields.has("transfer-encoding")) {
    return length === undefined || length === 0 ? noBody : { kind: "length", length };
  }
  checkTransferEncoding(fields, { minorVersion, length });
  return chunked;
}

/**
 * Tells how a response's body is framed.
 *
 * @param method The method of the request that is answered.
 * @throws {WireError} where the framing is malformed or can be read in two ways.
 */
export function responseFraming(method: string, head: ResponseHead): Framing {
  const { fields, minorVersion, status } = head;
  const length = contentLength(fields);
  const encoded = fields.has("transfer-encoding");
  if (encoded) checkTransferEncoding(fields, { minorVersion, length });
  if (status < 200 || status === 204) {
    // RFC 9110 section 8.6 and RFC 9112 section 6.1: these may have neither field.
    if (encoded) throw new WireError(`Cannot frame a ${status} response: it has Transfer-Encoding`);
    if (length !== undefined && length > 0) {
      throw new WireError(`Cannot frame a ${status} response: it has Content-Length`);
    }
    return noBody;
  }
  if (method === "HEAD" || status === 304) return noBody;
  if (encoded) return chunked;
  if (length !== undefined) return length === 0 ? noBody : { kind: "length", length };
  return close;
}

function checkTransferEncoding(
  fields: Fields,
  { minorVersion, length }: { minorVersion: number; length: number | undefined },
): void {
  if (length !== undefined) {
    throw new WireError("Cannot frame the message: both Content-Length and Transfer-Encoding");
  }
  if (minorVersion === 0) {
    throw new WireError("Cannot frame the message: Transfer-Encoding on HTTP/1.0");
  }
  const codings = fields.getAll("transfer-encoding");
  if (codings.length !== 1 || codings[0]?.toLowerCase() !== "chunked") {
    throw new WireError('Cannot frame the message: Transfer-Encoding is not exactly "chunked"');
  }
}

function contentLength(fields: Fields): number | undefined {
  const line = fields.find("content-length");
  if (line < 0) return undefined;
  if (fields.find("content-length", line + 1) >= 0) {
    throw new WireError("Cannot frame the message: more than one Content-Length");
  }
  const length = parseDecimal(fields.value(line));
  if (length === undefined) {
    throw new WireError("Cannot frame the message: Content-Length is not a decimal number");
  }
  return length;
}

/** Digits alone (RFC 9110 section 8.6): no sign, no list, no white space, at most 2^53 - 1. */
function parseDecimal(text: string): number | undefined {
  if (text.length === 0 || text.length > 16) return undefined;
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return Number.isSafeInteger(number) ? number : undefined;
}
