import assert from "node:assert/strict";
import fc from "fast-check";
import { joinPieces } from "../../src/wire/join_pieces.ts";

Deno.test("joinPieces() leaves the octets as they are, in no more than eight pieces", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 30 }),
    (pieces) => {
      const joined = joinPieces(pieces);
      assert.deepEqual(
        joined.flatMap((piece) => [...piece]),
        pieces.flatMap((piece) => [...piece]),
      );
      assert.equal(joined.length, pieces.length <= 8 ? pieces.length : 1);
    },
  ));
});

Deno.test("joinPieces() copies nothing where the pieces are few", () => {
  const pieces = Array.from({ length: 8 }, (_, index) => Uint8Array.of(index));
  assert.equal(joinPieces(pieces), pieces);
});
