/**
 * Octet classes of RFC 9110 section 5.6 and the conversions between octets and text.
 *
 * @module
 */

export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const HTAB = 0x09;
export const COLON = 0x3a;

const TOKEN = 1;
const FIELD_CONTENT = 2;
const ODD = 4;

/** One row per octet: which grammar productions it may stand in. */
const classes = new Uint8Array(256);
for (let octet = 0x21; octet <= 0xff; octet++) {
  if (octet !== 0x7f) classes[octet] = FIELD_CONTENT;
}
classes[SP] = FIELD_CONTENT;
classes[HTAB] = FIELD_CONTENT;
for (
  const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
) {
  classes[character.charCodeAt(0)] = FIELD_CONTENT | TOKEN;
}

for (const character of "!#$%&'*+.^_`|~") {
  const octet = character.charCodeAt(0);
  classes[octet] = (classes[octet] ?? 0) | ODD;
}

/**
 * Tells whether the octet is a `tchar`, and which one.
 *
 * @returns 0 if it is none; {@linkcode hasOddOctet} tells what any number of results, or-ed together,
 *   say.
 */
export function tokenOctetKind(octet: number): number {
  return (classes[octet] ?? 0) & (TOKEN | ODD);
}

/** Whether one of the octets was a `tchar` other than a letter, a digit or `-`. */
export function hasOddOctet(kinds: number): boolean {
  return (kinds & ODD) !== 0;
}

/** Tells whether the octet is a `tchar` (RFC 9110 section 5.6.2). */
export function isTokenOctet(octet: number): boolean {
  return ((classes[octet] ?? 0) & TOKEN) !== 0;
}

/**
 * Tells whether the octet may stand in a field value (RFC 9110 section 5.5): VCHAR, obs-text, SP or
 * HTAB. NUL, CR, LF, DEL and every other control character are not.
 */
export function isFieldOctet(octet: number): boolean {
  return ((classes[octet] ?? 0) & FIELD_CONTENT) !== 0;
}

/** Decodes octets as ISO 8859-1, so that each octet is one UTF-16 unit and nothing is lost. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  const { fromCharCode } = String;
  let text = "";
  let at = start;
  // Eight at a time: a concatenation for every octet would leave an object behind for each.
  for (; at + 8 <= end; at += 8) {
    text += fromCharCode(
      bytes[at] ?? 0,
      bytes[at + 1] ?? 0,
      bytes[at + 2] ?? 0,
      bytes[at + 3] ?? 0,
      bytes[at + 4] ?? 0,
      bytes[at + 5] ?? 0,
      bytes[at + 6] ?? 0,
      bytes[at + 7] ?? 0,
    );
  }
  for (; at < end; at++) text += fromCharCode(bytes[at] ?? 0);
  return text;
}

/** Encodes text as ISO 8859-1; every UTF-16 unit must be below 256. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
