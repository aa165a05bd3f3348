import { decodeLatin1 } from "../octets.ts";
import { HpackError } from "./hpack_error.ts";
import { codeLengths, EOS, LONGEST_CODE } from "./huffman_code.ts";

/** Codes of up to so many bits, which nearly all text is made of, are looked up at once. */
const SHORT = 8;

/** Per value of the next eight bits: the symbol and, above it, the length of its code; 0 if longer. */
const shortCodes = new Uint16Array(1 << SHORT);

/** Every symbol, the one with the smallest code first. */
const symbols: number[] = [];

/** Per length of a code, how many shorter or equal codes there are, and the code after its last. */
const symbolEnds = new Uint16Array(LONGEST_CODE + 1);
const codeEnds = new Uint32Array(LONGEST_CODE + 1);

for (let length = 1, code = 0; length <= LONGEST_CODE; length++, code *= 2) {
  for (
    let symbol = codeLengths.indexOf(length);
    symbol >= 0;
    symbol = codeLengths.indexOf(length, symbol + 1)
  ) {
    symbols.push(symbol);
    if (length <= SHORT) {
      const start = code << (SHORT - length);
      shortCodes.fill(symbol | length << 8, start, start + (1 << (SHORT - length)));
    }
    code++;
  }
  symbolEnds[length] = symbols.length;
  codeEnds[length] = code;
}

/**
 * Decodes a Huffman-coded string (RFC 7541 section 5.2), one character per octet.
 *
 * @param bytes Holds the string at `[start, end)`. `scratch` has room for 8/5 as many octets; what it
 *   holds afterwards means nothing.
 * @throws {HpackError} if EOS is in it, or if what follows the last symbol is not at most seven bits,
 *   all ones.
 */
export function huffmanDecode(
  bytes: Uint8Array,
  { start, end, scratch }: { start: number; end: number; scratch: Uint8Array },
): string {
  let size = 0;
  let at = start;
  /** Bits that have been read and not yet used: the lowest `held` of `bits`. */
  let bits = 0;
  let held = 0;
  while (true) {
    if (held < SHORT) {
      if (at < end) {
        bits = (bits << 8 | (bytes[at++] ?? 0)) & 0xffff;
        held += 8;
      } else {
        // What is left, ones after it: all ones begin EOS alone.
        const last = (bits << (SHORT - held) | (0xff >> held)) & 0xff;
        if (last === 0xff) break;
        const entry = shortCodes[last] ?? 0;
        if (entry === 0 || entry >> 8 > held) throw badEnd();
        scratch[size++] = entry & 0xff;
        held -= entry >> 8;
        continue;
      }
    }
    const entry = shortCodes[(bits >> (held - SHORT)) & 0xff] ?? 0;
    if (entry !== 0) {
      scratch[size++] = entry & 0xff;
      held -= entry >> 8;
      continue;
    }
    // A longer one, bit by bit: it is whole when it is among the codes of its length.
    let length = SHORT;
    let code = (bits >> (held - SHORT)) & 0xff;
    held -= SHORT;
    while (length < LONGEST_CODE && code >= (codeEnds[length] ?? 0)) {
      if (held === 0) {
        if (at === end) throw badEnd();
        bits = bytes[at++] ?? 0;
        held = 8;
      }
      held--;
      code = code * 2 + ((bits >> held) & 1);
      length++;
    }
    const symbol = symbols[(symbolEnds[length] ?? 0) - ((codeEnds[length] ?? 0) - code)] ?? EOS;
    if (symbol === EOS) throw new HpackError("Cannot decode a Huffman-coded string: EOS is in it");
    scratch[size++] = symbol;
  }
  return decodeLatin1(scratch, 0, size);
}

function badEnd(): HpackError {
  return new HpackError(
    "Cannot decode a Huffman-coded string: it does not end in a symbol and at most seven ones",
  );
}
