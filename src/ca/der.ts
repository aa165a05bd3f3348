/**
 * What PKCS #12 needs of DER (X.690). A writer of our own, as `@peculiar/asn1-pfx` would cost what
 * x509.ts says about its sibling, and has no part of what is hard in it, the key derivation.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** The encoding of one value. */
export type Der = Uint8Array<ArrayBuffer>;

/** SEQUENCE. */
export function sequence(...members: readonly Der[]): Der {
  return encode(0x30, members);
}

/** SET OF, whose members stand in the order of their encodings (X.690 section 11.6). */
export function setOf(...members: readonly Der[]): Der {
  return encode(0x31, members.toSorted(Buffer.compare));
}

/** `[number] EXPLICIT` around a value; numbers to 30. */
export function explicit(number: number, value: Der): Der {
  return encode(0xa0 | number, [value]);
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Der {
  return encode(0x04, [bytes]);
}

/** INTEGER, from 0 to 127: one octet, whose first bit is the sign. */
export function integer(value: number): Der {
  return encode(0x02, [Uint8Array.of(value)]);
}

/** NULL. */
export function nullValue(): Der {
  return encode(0x05, []);
}

/** BMPString: UTF-16, big-endian. */
export function bmpString(text: string): Der {
  return encode(0x1e, [utf16be(text)]);
}

/** OBJECT IDENTIFIER, from its dotted form. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return encode(0x06, [Uint8Array.from([first * 40 + second, ...rest].flatMap(base128))]);
}

/** A text in UTF-16, big-endian. */
export function utf16be(text: string): Der {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at));
  return bytes;
}

/** Digits of seven bits, the first bit set in all but the last. */
function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

function encode(tag: number, parts: readonly Uint8Array[]): Der {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...lengthOctets(length)];
  const der = new Uint8Array(head.length + length);
  der.set(head);
  let at = head.length;
  for (const part of parts) {
    der.set(part, at);
    at += part.length;
  }
  return der;
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}
