import assert from "node:assert/strict";
import fc from "fast-check";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";

Deno.test("OctetBuffer keeps what was appended, in order, however it grew", () => {
  const piece = fc.oneof(
    fc.nat({ max: 255 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes)),
  );
  fc.assert(
    fc.property(fc.nat({ max: 8 }), fc.array(piece), (capacity, pieces) => {
      const buffer = new OctetBuffer(capacity);
      const expected: number[] = [];
      for (const piece of pieces) {
        if (typeof piece === "number") {
          buffer.octet(piece);
          expected.push(piece);
        } else if (typeof piece === "string") {
          buffer.text(piece);
          for (const character of piece) expected.push(character.charCodeAt(0));
        } else {
          buffer.bytes(piece);
          expected.push(...piece);
        }
        assert.equal(buffer.length, expected.length);
      }
      assert.deepEqual([...buffer.view()], expected);
    }),
  );
});

Deno.test("OctetBuffer.bytes() copies: the caller may write to its memory again", () => {
  const buffer = new OctetBuffer(16);
  const chunk = Uint8Array.of(1, 2, 3);
  buffer.bytes(chunk);
  chunk.fill(9);
  assert.deepEqual([...buffer.view()], [1, 2, 3]);
});

Deno.test("OctetBuffer.clear() leaves nothing of what was there before", () => {
  const buffer = new OctetBuffer(4);
  buffer.text("secret and longer than the capacity");
  buffer.clear();
  assert.equal(buffer.length, 0);
  assert.equal(buffer.view().length, 0);
  buffer.text("ab");
  assert.deepEqual([...buffer.view()], [0x61, 0x62]);
});

Deno.test("OctetBuffer.shorten() and overwrite() change what has been appended", () => {
  const buffer = new OctetBuffer(0);
  buffer.text("0000 and more");
  buffer.shorten(" and more".length);
  buffer.overwrite(1, "12");
  buffer.text("!");
  assert.deepEqual([...buffer.view()], [...new TextEncoder().encode("0120!")]);
});
