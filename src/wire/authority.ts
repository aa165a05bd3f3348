import { parseIpLiteral } from "./ip_address.ts";
import { quoteInput, WireError } from "./wire_error.ts";

/** A host in canonical form: equal hosts are equal strings. */
export interface Host {
  /**
   * A name in lower-case ASCII without a trailing dot; dotted-decimal IPv4; or IPv6 as RFC 5952
   * writes it, without brackets.
   */
  readonly host: string;
  readonly kind: "name" | "ipv4" | "ipv6";
}

/** Where a request goes: a canonical host and a port (RFC 3986 section 3.2, without userinfo). */
export interface Authority extends Host {
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * Parses `host[:port]` as it stands in a CONNECT target, a Host field, `:authority` or a URI.
 *
 * The grammar is RFC 3986 section 3.2, read narrowly, because what is parsed here is matched,
 * resolved, dialled and verified: no userinfo (RFC 9110 section 4.2.4), no percent-encoding, names
 * of letters, digits, `-` and `_` in labels of at most 63 and 253 in all (RFC 1035 section 2.3.4),
 * no empty port, and nothing that another parser might take for an IPv4 address (`127.1`, `0x7f.1`)
 * except a strict one.
 *
 * @param text The authority; IPv6 in brackets.
 * @param options `defaultPort` is used where `text` has none. Without it the port is required.
 * @returns The canonical authority.
 * @throws {WireError} If `text` is anything else.
 */
export function parseAuthority(text: string, options?: { defaultPort?: number }): Authority {
  let hostEnd: number;
  if (text.charCodeAt(0) === 0x5b) {
    hostEnd = text.indexOf("]") + 1;
    if (hostEnd === 0) throw refusal(text, 'a "[" without "]"');
  } else {
    hostEnd = text.indexOf(":");
    if (hostEnd === -1) hostEnd = text.length;
  }
  const { host, kind } = readHost(text, hostEnd);
  if (hostEnd < text.length) return { host, kind, port: readPort(text, hostEnd) };
  const port = options?.defaultPort;
  if (port === undefined) throw refusal(text, "a port is required");
  return { host, kind, port };
}

/**
 * Parses a host without a port, under the rules of {@linkcode parseAuthority}.
 *
 * @param text A name, an IPv4 address, or an IPv6 address with or without brackets (without a port
 * there is nothing that the colons could be mistaken for).
 * @returns The canonical host.
 * @throws {WireError} If `text` is anything else.
 */
export function parseHost(text: string): Host {
  if (text.charCodeAt(0) !== 0x5b && text.includes(":")) {
    const literal = parseIpLiteral(text);
    if (literal === undefined) {
      throw refusal(text, "a host has no port, and this is no IPv6 address");
    }
    return { host: literal.text, kind: "ipv6" };
  }
  return readHost(text, text.length);
}

/**
 * Writes `host:port`, IPv6 in brackets (RFC 3986 section 3.2.2).
 *
 * @param authority A parsed authority.
 * @param options The port is left out where it equals `defaultPort`.
 * @returns Text that {@linkcode parseAuthority} reads back to an equal authority.
 */
export function formatAuthority(authority: Authority, options?: { defaultPort?: number }): string {
  const host = formatHost(authority);
  return authority.port === options?.defaultPort ? host : `${host}:${authority.port}`;
}

/** Writes a host as it stands in a URI: IPv6 in brackets (RFC 3986 section 3.2.2). */
export function formatHost(host: Host): string {
  return host.kind === "ipv6" ? `[${host.host}]` : host.host;
}

/** Whether both name the same host and port. An address never equals a name that resolves to it. */
export function sameAuthority(a: Authority, b: Authority): boolean {
  return a.port === b.port && a.kind === b.kind && a.host === b.host;
}

function readHost(text: string, end: number): Host {
  if (text.charCodeAt(0) !== 0x5b) return readName(text, end);
  if (text.charCodeAt(end - 1) !== 0x5d) {
    throw refusal(text, 'it does not end with "]"');
  }
  const literal = parseIpLiteral(text.slice(1, end - 1));
  if (literal?.version !== 6) {
    throw refusal(
      text,
      "the brackets hold no IPv6 address (zone ids and IPvFuture are not allowed)",
    );
  }
  return { host: literal.text, kind: "ipv6" };
}

/** Called for every request: one pass over the character codes, no regular expression. */
function readName(text: string, hostEnd: number): Host {
  const rooted = text.charCodeAt(hostEnd - 1) === 0x2e;
  const end = rooted ? hostEnd - 1 : hostEnd;
  if (end <= 0) throw refusal(text, "the host is empty");
  if (end > 253) throw refusal(text, "the host is longer than 253 characters");
  let labelStart = 0;
  let upperCase = false;
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x61 && code <= 0x7a) continue;
    if (code === 0x2e) {
      checkLabel(text, labelStart, index);
      labelStart = index + 1;
    } else if (code >= 0x41 && code <= 0x5a) upperCase = true;
    else if (!isDigit(code) && code !== 0x2d && code !== 0x5f) {
      throw refusal(text, describeCharacter(code));
    }
  }
  checkLabel(text, labelStart, end);
  const host = text.slice(0, end);
  if (isDigit(text.charCodeAt(labelStart)) && looksNumeric(text, labelStart, end)) {
    const literal = parseIpLiteral(host);
    if (literal === undefined || rooted) {
      throw refusal(text, "a host that ends in a number must be a dotted-decimal IPv4 address");
    }
    return { host, kind: "ipv4" };
  }
  return { host: upperCase ? host.toLowerCase() : host, kind: "name" };
}

function checkLabel(text: string, start: number, end: number): void {
  if (start === end) throw refusal(text, "a label is empty");
  if (end - start > 63) throw refusal(text, "a label is longer than 63 characters");
  if (text.charCodeAt(start) === 0x2d || text.charCodeAt(end - 1) === 0x2d) {
    throw refusal(text, 'a label starts or ends with "-"');
  }
}

/**
 * The "ends in a number" check of the WHATWG URL standard (section 3.5): all digits, or `0x` and
 * hexadecimal digits or nothing. inet_aton and browsers read such hosts as IPv4 addresses.
 */
function looksNumeric(text: string, start: number, end: number): boolean {
  const hexadecimal = text.charCodeAt(start) === 0x30 &&
    (text.charCodeAt(start + 1) | 0x20) === 0x78 && start + 1 < end;
  for (let index = hexadecimal ? start + 2 : start; index < end; index++) {
    const code = text.charCodeAt(index);
    const letter = code | 0x20;
    if (!isDigit(code) && !(hexadecimal && letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}

function readPort(text: string, hostEnd: number): number {
  if (text.charCodeAt(hostEnd) !== 0x3a) {
    throw refusal(text, 'something other than a port after "]"');
  }
  const start = hostEnd + 1;
  const digits = text.length - start;
  // RFC 3986 section 3.2.3 allows an empty port. We are stricter here: no client sends one.
  let port = digits >= 1 && digits <= 5 ? 0 : NaN;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    port = isDigit(code) ? port * 10 + (code - 0x30) : NaN;
  }
  if (port >= 1 && port <= 65535) return port;
  throw refusal(text, "the port is not a decimal number from 1 to 65535");
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function describeCharacter(code: number): string {
  if (code <= 0x20 || code === 0x7f) return "white space and control characters are not allowed";
  if (code >= 0x80) return "non-ASCII characters are not allowed, use the punycode form (xn--…)";
  if (code === 0x25) return "percent-encoding is not allowed";
  return `${quoteInput(String.fromCharCode(code))} is not allowed in a host`;
}

function refusal(text: string, state: string): WireError {
  const at = text.lastIndexOf("@");
  if (at === -1) {
    const why = parseIpLiteral(text)?.version === 6 ? "an IPv6 address needs brackets" : state;
    return new WireError(`Cannot parse authority ${quoteInput(text)}: ${why}`);
  }
  // What stands before the "@" may be a password: it is not repeated.
  const shown = quoteInput(text.slice(at));
  return new WireError(`Cannot parse authority ending in ${shown}: userinfo is not allowed`);
}
