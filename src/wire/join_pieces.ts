/** Each piece that is looked at costs as much as some hundred octets that are copied. */
const MANY = 8;

/**
 * Makes one piece of many: a body in chunks of one octet would cost whoever looks at every piece a
 * thousand times as much as any other.
 *
 * @returns The same octets: the pieces themselves if they are few, a copy in one piece otherwise.
 */
export function joinPieces(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  if (pieces.length <= MANY) return pieces;
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return [joined];
}
