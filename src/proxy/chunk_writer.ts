import type { OctetBuffer } from "../wire/octet_buffer.ts";

/** Appends the pieces as one chunk (RFC 9112 section 7.1); nothing for no octets, which would end. */
export function writeChunk(out: OctetBuffer, pieces: readonly Uint8Array[]): void {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  if (size === 0) return;
  out.text(`${size.toString(16)}\r\n`);
  for (const piece of pieces) out.bytes(piece);
  out.text("\r\n");
}
