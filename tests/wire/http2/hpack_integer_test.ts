import assert from "node:assert/strict";
import fc from "fast-check";
import { BlockCursor } from "../../../src/wire/http2/block_cursor.ts";
import { HpackError } from "../../../src/wire/http2/hpack_error.ts";
import { readInteger, writeInteger } from "../../../src/wire/http2/hpack_integer.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { fromHex, toHex } from "./hex.ts";

function read(hex: string, prefixBits: number): [value: number, at: number] {
  const cursor = new BlockCursor(fromHex(hex));
  return [readInteger(cursor, prefixBits), cursor.at];
}

function write(value: number, bits: number, pattern = 0): string {
  const out = new OctetBuffer(8);
  writeInteger(out, value, { bits, pattern });
  return toHex(out.view());
}

Deno.test("readInteger() reads what RFC 7541 appendix C.1 shows, and writeInteger() writes it", () => {
  const table: [hex: string, bits: number, value: number][] = [
    ["0a", 5, 10],
    ["1f9a0a", 5, 1337],
    ["2a", 8, 42],
    ["1e", 5, 30],
    ["1f00", 5, 31],
    ["1f01", 5, 32],
    ["1f7f", 5, 158],
    ["1f8001", 5, 159],
    ["7e", 7, 126],
    ["7f00", 7, 127],
    ["ff00", 8, 255],
    ["0100", 1, 1],
    ["1fe1ffff7f", 5, 2 ** 28],
  ];
  for (const [hex, bits, value] of table) {
    assert.deepEqual(read(hex, bits), [value, hex.length / 2], hex);
    assert.equal(write(value, bits), hex);
  }
});

Deno.test("readInteger() leaves out the bits above the prefix, writeInteger() keeps them", () => {
  assert.deepEqual(read("ea", 5), [10, 1]);
  assert.deepEqual(read("ff9a0a", 5), [1337, 3]);
  assert.equal(write(10, 5, 0xe0), "ea");
  assert.equal(write(1337, 5, 0xe0), "ff9a0a");
});

Deno.test("readInteger() takes four octets after the first and no more", () => {
  assert.deepEqual(read("1fffffff7f", 5), [2 ** 28 + 30, 5]);
  assert.deepEqual(read("1f80808000", 5), [31, 5]);
  for (const hex of ["1fffffffff00", "1fffffffff7f", "1f8080808000", "1fffffffffffffffffff01"]) {
    refuses(hex, /: more than 4 octets after its first$/);
  }
});

Deno.test("readInteger() refuses a block that ends in the integer", () => {
  for (const hex of ["", "1f", "1f80", "1fffffff", "1f808080"]) {
    refuses(hex, /: the block ends in it$/);
  }
});

Deno.test("readInteger() of what writeInteger() wrote gives the value", () => {
  const values = fc.oneof(fc.nat({ max: 2 ** 28 }), fc.nat({ max: 600 }));
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 8 }), (value, bits) => {
      const hex = write(value, bits);
      assert.deepEqual(read(`${hex}ff`, bits), [value, hex.length / 2]);
    }),
    { numRuns: 1000 },
  );
});

function refuses(hex: string, state: RegExp): void {
  assert.throws(() => read(hex, 5), (error) => {
    assert.ok(error instanceof HpackError, `${error}`);
    assert.match(error.message, state);
    return true;
  }, hex);
}
