import { decodeLatin1 } from "../octets.ts";
import type { BlockCursor } from "./block_cursor.ts";
import { HpackError } from "./hpack_error.ts";
import { readInteger } from "./hpack_integer.ts";
import { huffmanDecode } from "./huffman.ts";

const HUFFMAN_CODED = 0x80;

/**
 * Reads a string literal (RFC 7541 section 5.2), one character per octet.
 *
 * @throws {HpackError} if the block ends in it, or as {@linkcode huffmanDecode} does.
 */
export function readString(cursor: BlockCursor): string {
  const { bytes } = cursor;
  const coded = ((bytes[cursor.at] ?? 0) & HUFFMAN_CODED) !== 0;
  const length = readInteger(cursor, 7);
  const start = cursor.at;
  const end = start + length;
  if (end > bytes.length) throw new HpackError("Cannot read a string: the block ends in it");
  cursor.at = end;
  if (!coded) return decodeLatin1(bytes, start, end);
  return huffmanDecode(bytes, { start, end, scratch: cursor.scratch });
}
