import assert from "node:assert/strict";
import fc from "fast-check";
import { HpackError } from "../../../src/wire/http2/hpack_error.ts";
import { huffmanDecode } from "../../../src/wire/http2/huffman.ts";
import { codeLengths, EOS } from "../../../src/wire/http2/huffman_code.ts";
import { fromHex, toHex } from "./hex.ts";
import { codes, huffmanEncode, packBits } from "./huffman_encoder.ts";

function decode(
  bytes: Uint8Array,
  { start, end }: { start: number; end: number } = { start: 0, end: bytes.length },
): string {
  // To the octet what it must have, and full of what an earlier string may have left there.
  const scratch = new Uint8Array(Math.floor((end - start) * 8 / 5)).fill(0x21);
  return huffmanDecode(bytes, { start, end, scratch });
}

const everyOctet = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));

/** All 256 octets in order, as another implementation (python-hpack) codes them. */
const everyOctetCoded = `
  ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabffffffdfff
  ffebfffffecfffffedfffffeefffffefffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffffd7fffffdbfffffdf
  fffffe3fffffe7fffffebfffffed4fe3f9ffaffcabf1febfafefe7fdfd2cbb00089969b71d79fb9f7fff20ffbff3ff50
  ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff4719242cb34e6e9d68a6a3d7dac426de
  fe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5ffffb3fffeb7fffdaffffb7ffff73ff
  feeffffdeffffebffffbfffffd9ffffdbfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9f
  fffcdffff9fffffbffffdafffeeffff4ffffb7fffee7fffe8ffffd3fffdeffffd5fffeeffffbdffffe1fffdfffff7fff
  ff5ffffecffff07fff87fffe0ffff17fffedffff87ffff77fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff
  1fffff83ffffe1fffebfffe3ffff3fffff2ffffa3ffffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8ffff
  fb7fff97fff8fffffe6fffffc1fffff87ffffe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9
  fffff97fffb3ffffcffffb7fffcdffff4ffff9ffffd1ffffcffffeaffffafffffddffffeffffff4fffff5fffffabffff
  a7ffffd7fffff9bffffecfffffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7f
  fffff0fffffbbf`;

Deno.test("huffmanDecode() knows the code of every octet", () => {
  assert.equal(decode(fromHex(everyOctetCoded)), everyOctet);
  assert.equal(toHex(huffmanEncode(everyOctet)), everyOctetCoded.replaceAll(/\s/g, ""));
});

Deno.test("the code is the one of RFC 7541 appendix B where its lengths change", () => {
  const table: [number, string][] = [
    [0x30, "00000"],
    [0x74, "01001"],
    [0x20, "010100"],
    [0x75, "101101"],
    [0x3a, "1011100"],
    [0x7a, "1111011"],
    [0x26, "11111000"],
    [0x5a, "11111101"],
    [0x21, "1111111000"],
    [0x7c, "11111111100"],
    [0x23, "111111111010"],
    [0x00, "1111111111000"],
    [0x5e, "11111111111100"],
    [0x3c, "111111111111100"],
    [0x5c, "1111111111111110000"],
    [0x0a, "111111111111111111111111111100"],
    [0x16, "111111111111111111111111111110"],
    [EOS, "111111111111111111111111111111"],
  ];
  for (const [symbol, digits] of table) assert.equal(codes[symbol], digits);
  assert.equal(codeLengths.length, EOS + 1);
  // No string of bits is left that is no code (Kraft).
  assert.equal(codeLengths.reduce((sum, length) => sum + 2 ** -length, 0), 1);
});

Deno.test("huffmanDecode() of what was coded gives it again, wherever it stands", () => {
  const text = fc.uint8Array({ maxLength: 60 }).map((octets) => String.fromCharCode(...octets));
  const printable = fc.string({ unit: "grapheme-ascii", maxLength: 60 });
  const around = fc.uint8Array({ maxLength: 4 });
  fc.assert(
    fc.property(fc.oneof(text, printable), around, around, (text, before, after) => {
      const coded = huffmanEncode(text);
      const bytes = Uint8Array.of(...before, ...coded, ...after);
      const end = before.length + coded.length;
      assert.equal(decode(bytes, { start: before.length, end }), text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("huffmanDecode() takes padding of up to seven ones", () => {
  const table: [digits: string, text: string][] = [
    ["", ""],
    ["00000".repeat(8), "0".repeat(8)],
    ["00000" + "111", "0"],
    ["1011100" + "1", ":"],
    ["1111111000" + "111111", "!"],
    ["11111111100" + "11111", "|"],
    ["00000".repeat(5) + "1111111", "00000"],
    ["1111111111000" + "111", "\0"],
  ];
  for (const [digits, text] of table) {
    assert.equal(digits.length % 8, 0, digits);
    assert.equal(decode(packBits(digits)), text, digits);
  }
});

Deno.test("huffmanDecode() refuses what does not end in a symbol and padding", () => {
  const table = [
    // Section 5.2: more than seven ones.
    "1".repeat(8),
    "1".repeat(16),
    "1".repeat(24),
    "00000" + "1".repeat(11),
    "11111000" + "1".repeat(8),
    // Not the first bits of EOS.
    "00000" + "110",
    "00000" + "011",
    "1011100" + "0",
    // A symbol that is cut off.
    "1111111111111110",
    "00000" + "11111111101",
  ];
  for (const digits of table) {
    assert.equal(digits.length % 8, 0, digits);
    refuses(packBits(digits), /: it does not end in a symbol and at most seven ones$/);
  }
});

Deno.test("huffmanDecode() refuses EOS, wherever it is", () => {
  const eos = "1".repeat(30);
  for (const before of ["", "00000", "1011100", "1111111111000"]) {
    for (const after of ["", "00000", "1111"]) {
      refuses(packBits(before + eos + after), /: EOS is in it$/);
    }
  }
});

Deno.test("huffmanDecode() throws HpackError alone, and what it takes has one form", () => {
  const ones = fc.constantFrom(0xff, 0xfe, 0xfc, 0x7f);
  const octets = fc.array(fc.oneof(fc.nat({ max: 255 }), ones), { maxLength: 12 });
  fc.assert(
    fc.property(octets, (octets) => {
      const bytes = Uint8Array.from(octets);
      let text: string;
      try {
        text = decode(bytes);
      } catch (error) {
        assert.ok(error instanceof HpackError, `${error}`);
        return;
      }
      assert.deepEqual(huffmanEncode(text), bytes);
    }),
    { numRuns: 3000 },
  );
});

function refuses(bytes: Uint8Array, state: RegExp): void {
  assert.throws(() => decode(bytes), (error) => {
    assert.ok(error instanceof HpackError, `${error}`);
    assert.match(error.message, state);
    return true;
  }, toHex(bytes));
}
