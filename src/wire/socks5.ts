/**
 * SOCKS version 5 (RFC 1928) and its username/password subnegotiation (RFC 1929), as the server reads
 * and writes them.
 *
 * Each reader is given all that has arrived of one message, from its first octet on, and is called
 * again when more has: `incomplete` until the message is whole, and then its length in octets too.
 *
 * @module
 */
import { type Authority, type Host, parseHost } from "./authority.ts";
import { formatOctets } from "./ip_octets.ts";
import { decodeLatin1 } from "./octets.ts";
import { WireError } from "./wire_error.ts";

/** The first octet of a connection on which SOCKS 5 is spoken. */
export const SOCKS5_VERSION = 0x05;

/** Ways to prove who one is (RFC 1928 section 3). */
export const socks5Methods = { none: 0x00, password: 0x02, noneAcceptable: 0xff } as const;
export type Socks5Method = typeof socks5Methods[keyof typeof socks5Methods];

/** What a server answers to a request (RFC 1928 section 6). */
export const socks5Replies = {
  succeeded: 0x00,
  failure: 0x01,
  notAllowed: 0x02,
  networkUnreachable: 0x03,
  hostUnreachable: 0x04,
  refused: 0x05,
  expired: 0x06,
  commandUnsupported: 0x07,
  addressUnsupported: 0x08,
} as const;
export type Socks5Reply = typeof socks5Replies[keyof typeof socks5Replies];

type Incomplete = { readonly kind: "incomplete" };
/** `length` is the message's, in octets. */
type Whole<T> = { readonly kind: "whole"; readonly length: number; readonly message: T };
export type Socks5Reading<T> = Incomplete | Whole<T>;

const incomplete: Incomplete = { kind: "incomplete" };

/**
 * Reads the methods that a client offers (RFC 1928 section 3).
 *
 * @throws {WireError} If it is another version, or offers none.
 */
export function readSocks5Greeting(octets: Uint8Array): Socks5Reading<ReadonlySet<number>> {
  const [version, count] = octets;
  if (version === undefined) return incomplete;
  expectVersion(version, SOCKS5_VERSION);
  if (count === undefined) return incomplete;
  if (count === 0) throw new WireError("Cannot accept the SOCKS greeting: no methods");
  const length = 2 + count;
  if (octets.length < length) return incomplete;
  return { kind: "whole", length, message: new Set(octets.subarray(2, length)) };
}

/** Writes which of the methods is taken. */
export function socks5MethodChoice(method: Socks5Method): Uint8Array {
  return Uint8Array.of(SOCKS5_VERSION, method);
}

/** The version of the subnegotiation, which is not that of SOCKS (RFC 1929 section 2). */
const PASSWORD_VERSION = 0x01;

/**
 * Reads a user name and a password (RFC 1929 section 2), taken as UTF-8.
 *
 * @throws {WireError} If it is another version, or either is no UTF-8.
 */
export function readSocks5Password(
  octets: Uint8Array,
): Socks5Reading<{ readonly user: string; readonly password: string }> {
  const [version, userLength] = octets;
  if (version === undefined) return incomplete;
  expectVersion(version, PASSWORD_VERSION);
  if (userLength === undefined) return incomplete;
  const passwordAt = 2 + userLength + 1;
  const passwordLength = octets[passwordAt - 1];
  if (passwordLength === undefined) return incomplete;
  const length = passwordAt + passwordLength;
  if (octets.length < length) return incomplete;
  const user = decodeUtf8(octets.subarray(2, 2 + userLength));
  const password = decodeUtf8(octets.subarray(passwordAt, length));
  return { kind: "whole", length, message: { user, password } };
}

/** Writes whether user name and password are right; after anything else the server closes. */
export function socks5PasswordVerdict(verdict: "accepted" | "refused"): Uint8Array {
  return Uint8Array.of(PASSWORD_VERSION, verdict === "accepted" ? 0x00 : 0x01);
}

/** What is asked for: CONNECT to an authority, or something that is not served. */
export type Socks5Request =
  | { readonly command: "connect"; readonly authority: Authority }
  | { readonly command: "unsupported"; readonly reply: Socks5Reply };

const CONNECT = 0x01;
const addressTypes = { ipv4: 0x01, name: 0x03, ipv6: 0x04 } as const;
const ipv6Octets = 16;
const ipv4Octets = 4;

/**
 * Reads a request (RFC 1928 section 4). A name may be spelt in any way that {@linkcode parseHost} takes,
 * an address as text too: clients send what they were given.
 *
 * @throws {WireError} If it is another version, its reserved octet is not 0, its host is none that can
 *   be, or its port is 0.
 */
export function readSocks5Request(octets: Uint8Array): Socks5Reading<Socks5Request> {
  const [version, command, reserved, addressType, nameLength] = octets;
  if (version === undefined) return incomplete;
  expectVersion(version, SOCKS5_VERSION);
  if (reserved === undefined) return incomplete;
  if (reserved !== 0) throw new WireError("Cannot read the SOCKS request: RSV is not 0");
  if (nameLength === undefined) return incomplete;
  const address = addressSpan(addressType, nameLength);
  if (address === undefined) {
    // How long it is cannot be known: nothing after it is read.
    return whole(octets.length, {
      command: "unsupported",
      reply: socks5Replies.addressUnsupported,
    });
  }
  const length = address.end + 2;
  const portHigh = octets[address.end];
  const portLow = octets[address.end + 1];
  if (portHigh === undefined || portLow === undefined) return incomplete;
  if (command !== CONNECT) {
    return whole(length, { command: "unsupported", reply: socks5Replies.commandUnsupported });
  }
  const host = hostOf(octets.subarray(address.start, address.end), addressType);
  const port = portHigh * 256 + portLow;
  if (port === 0) throw new WireError("Cannot read the SOCKS request: port 0");
  return whole(length, { command: "connect", authority: { ...host, port } });
}

/** Writes the answer to a request. The address that we are bound to is nobody's business: 0.0.0.0:0. */
export function socks5Reply(reply: Socks5Reply): Uint8Array {
  return Uint8Array.of(SOCKS5_VERSION, reply, 0, addressTypes.ipv4, 0, 0, 0, 0, 0, 0);
}

function whole<T>(length: number, message: T): Whole<T> {
  return { kind: "whole", length, message };
}

function expectVersion(actual: number, expected: number): void {
  if (actual === expected) return;
  throw new WireError(`Cannot read SOCKS 5: version ${actual} where ${expected} belongs`);
}

function addressSpan(
  type: number | undefined,
  nameLength: number,
): { start: number; end: number } | undefined {
  switch (type) {
    case addressTypes.ipv4:
      return { start: 4, end: 4 + ipv4Octets };
    case addressTypes.ipv6:
      return { start: 4, end: 4 + ipv6Octets };
    case addressTypes.name:
      return { start: 5, end: 5 + nameLength };
    default:
      return undefined;
  }
}

function hostOf(octets: Uint8Array, type: number | undefined): Host {
  return parseHost(
    type === addressTypes.name
      ? decodeLatin1(octets, 0, octets.length)
      : formatOctets(Array.from(octets)),
  );
}

function decodeUtf8(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new WireError("Cannot read the SOCKS credentials: they are not UTF-8");
  }
}
