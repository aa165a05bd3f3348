import type { OctetBuffer } from "../octet_buffer.ts";
import type { BlockCursor } from "./block_cursor.ts";
import { HpackError } from "./hpack_error.ts";

/**
 * Octets after the first that an integer may have. With four it stays below 2^29: more than any
 * length, index or table size that we take, and no bit operation on it can overflow.
 */
const MAX_CONTINUATION = 4;

/**
 * Reads an integer (RFC 7541 section 5.1) that begins in the lowest bits of the octet at the cursor.
 *
 * @param prefixBits How many of them, 1 to 8.
 * @throws {HpackError} if the block ends in it, or if it has more than four more octets. Section 5.1
 *   leaves the limit to the implementation, and has no rule against octets that add nothing.
 */
export function readInteger(cursor: BlockCursor, prefixBits: number): number {
  const { bytes } = cursor;
  if (cursor.at >= bytes.length) throw truncated();
  const most = (1 << prefixBits) - 1;
  let value = (bytes[cursor.at++] ?? 0) & most;
  if (value < most) return value;
  for (let count = 0; count < MAX_CONTINUATION; count++) {
    if (cursor.at >= bytes.length) throw truncated();
    const octet = bytes[cursor.at++] ?? 0;
    value += (octet & 0x7f) << (7 * count);
    if (octet < 0x80) return value;
  }
  throw new HpackError(
    `Cannot read an integer: more than ${MAX_CONTINUATION} octets after its first`,
  );
}

/**
 * Writes an integer (section 5.1) in its shortest form.
 *
 * @param value 0 to 2^28, so that {@linkcode readInteger} reads it too.
 * @param prefix How many bits of the first octet it may have, and what stands above them.
 */
export function writeInteger(
  out: OctetBuffer,
  value: number,
  prefix: { readonly bits: number; readonly pattern: number },
): void {
  const most = (1 << prefix.bits) - 1;
  if (value < most) return out.octet(prefix.pattern | value);
  out.octet(prefix.pattern | most);
  let rest = value - most;
  for (; rest >= 0x80; rest >>>= 7) out.octet(0x80 | (rest & 0x7f));
  out.octet(rest);
}

function truncated(): HpackError {
  return new HpackError("Cannot read an integer: the block ends in it");
}
