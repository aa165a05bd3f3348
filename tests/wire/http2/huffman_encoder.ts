import { codeLengths } from "../../../src/wire/http2/huffman_code.ts";

/** Per symbol, its code as binary digits, worked out as RFC 1951 section 3.2.2 does. */
export const codes: readonly string[] = assignCodes();

function assignCodes(): string[] {
  const codes: string[] = [];
  const symbols = codeLengths.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let code = -1;
  let before = symbols[0]?.length ?? 0;
  for (const { length, symbol } of symbols) {
    code = (code + 1) << (length - before);
    before = length;
    codes[symbol] = code.toString(2).padStart(length, "0");
  }
  return codes;
}

/** Binary digits as octets, those of the last one that are missing filled up with ones. */
export function packBits(digits: string): Uint8Array {
  const whole = digits.padEnd(Math.ceil(digits.length / 8) * 8, "1");
  return Uint8Array.from(whole.match(/.{8}/g) ?? [], (octet) => parseInt(octet, 2));
}

/** Huffman-codes text (RFC 7541 section 5.2), one octet per UTF-16 unit. */
export function huffmanEncode(text: string): Uint8Array {
  return packBits(Array.from(text, (character) => codes[character.charCodeAt(0)]).join(""));
}
