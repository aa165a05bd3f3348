import assert from "node:assert/strict";
import { HpackDecoder } from "../../../src/wire/http2/hpack_decoder.ts";
import { HpackError } from "../../../src/wire/http2/hpack_error.ts";
import { writeInteger } from "../../../src/wire/http2/hpack_integer.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { fromHex } from "./hex.ts";

const limits = { maxTableSize: 4096, maxListSize: 65_536 };

/** The fields as `name: value`. */
function lines(decoder: HpackDecoder, hex: string): string[] {
  return decoder.decode(fromHex(hex)).fields.map(({ name, value }) => `${name}: ${value}`);
}

/** A literal with incremental indexing and a new name. */
function indexedLiteral(name: string, value: string): Uint8Array {
  const out = new OctetBuffer(64);
  out.octet(0x40);
  for (const text of [name, value]) {
    writeInteger(out, text.length, { bits: 7, pattern: 0 });
    out.text(text);
  }
  return out.view().slice();
}

/** `block`, and then the same octet so many times. */
function followedBy(block: Uint8Array, octet: number, count: number): Uint8Array {
  const joined = new Uint8Array(block.length + count).fill(octet);
  joined.set(block);
  return joined;
}

function refuses(hex: string, state: RegExp, decoder = new HpackDecoder(limits)): void {
  assert.throws(() => decoder.decode(fromHex(hex)), (error) => {
    assert.ok(error instanceof HpackError, `${error}`);
    assert.match(error.message, state);
    return true;
  }, hex);
}

Deno.test("HpackDecoder.decode() takes a block without a field", () => {
  const decoder = new HpackDecoder(limits);
  assert.deepEqual(decoder.decode(new Uint8Array(0)), { fields: [], tooLarge: false });
  assert.deepEqual(decoder.decode(fromHex("20")), { fields: [], tooLarge: false });
});

Deno.test("HpackDecoder.decode() keeps octets above 0x7f, NUL and upper case as they came", () => {
  const decoder = new HpackDecoder(limits);
  const { fields } = decoder.decode(fromHex("00 03 4100e9 02 ff0a"));
  assert.deepEqual(fields, [{ name: "A\0\xe9", value: "\xff\n", sensitive: false }]);
});

Deno.test("HpackDecoder.decode() calls a never-indexed literal sensitive, and no other", () => {
  const decoder = new HpackDecoder(limits);
  const { fields } = decoder.decode(
    fromHex("10 0161 0162 1f08 0163 00 0161 0162 40 0161 0162 be 82"),
  );
  assert.deepEqual(
    fields.map(({ name, sensitive }) => [name, sensitive]),
    [["a", true], ["authorization", true], ["a", false], ["a", false], ["a", false], [
      ":method",
      false,
    ]],
  );
  // Nor does it go into the table, which has the one entry.
  refuses("bf", /: no table has that index$/, decoder);
});

Deno.test("HpackDecoder.decode() refuses an index that no table has", () => {
  const state = /^Cannot find field \d+: no table has that index$/;
  for (
    const hex of ["80", "be", "ff00", "ffffffff7f", "7f00 00", "7e 00", "0f80 01 00", "1f7f 00"]
  ) {
    refuses(hex, state);
  }
  // The last of the static table.
  assert.deepEqual(lines(new HpackDecoder(limits), "bd"), ["www-authenticate: "]);
});

Deno.test("HpackDecoder.decode() refuses a block that ends in a field", () => {
  const whole = "40 0161 0162";
  const octets = fromHex(whole);
  for (let end = 1; end < octets.length; end++) {
    assert.throws(() => new HpackDecoder(limits).decode(octets.subarray(0, end)), HpackError);
  }
  const table: [hex: string, state: RegExp][] = [
    ["ff", /^Cannot read an integer: the block ends in it$/],
    ["40", /^Cannot read an integer: the block ends in it$/],
    ["41", /^Cannot read an integer: the block ends in it$/],
    ["4102 61", /^Cannot read a string: the block ends in it$/],
    ["4182 ff", /^Cannot read a string: the block ends in it$/],
    ["417f", /^Cannot read an integer: the block ends in it$/],
    ["417f ffffff7f", /^Cannot read a string: the block ends in it$/],
    ["417f ffffffff 00", /^Cannot read an integer: more than 4 octets after its first$/],
    ["4181 ff", /^Cannot decode a Huffman-coded string: it does not end in a symbol/],
    ["4184 ffffffff", /^Cannot decode a Huffman-coded string: EOS is in it$/],
  ];
  for (const [hex, state] of table) refuses(hex, state);
});

Deno.test("HpackDecoder.decode() evicts the oldest fields and keeps those that fit", () => {
  const decoder = new HpackDecoder(limits);
  // Resized to 68 octets: two fields of 34.
  lines(decoder, "3f25 400161 0131 400162 0132");
  assert.deepEqual(lines(decoder, "be bf"), ["b: 2", "a: 1"]);
  assert.deepEqual(lines(decoder, "400163 0133 be bf"), ["c: 3", "c: 3", "b: 2"]);
  refuses("c0", /: no table has that index$/, decoder);
});

Deno.test("HpackDecoder.decode() takes a name from the entry that its field evicts (section 4.4)", () => {
  const decoder = new HpackDecoder(limits);
  lines(decoder, "3f03 400161 0131");
  assert.deepEqual(lines(decoder, "7e 0132 be"), ["a: 2", "a: 2"]);
  // One octet more than the table has: it is passed on, and the table is empty.
  assert.deepEqual(lines(decoder, "7e 023333"), ["a: 33"]);
  refuses("be", /: no table has that index$/, decoder);
});

Deno.test("HpackDecoder.decode() takes size updates at the start of a block alone", () => {
  const decoder = new HpackDecoder(limits);
  lines(decoder, "400161 0131");
  // Section 4.2: the smallest size, then the one that holds.
  assert.deepEqual(lines(decoder, "20 3fe11f 82"), [":method: GET"]);
  refuses("be", /: no table has that index$/, decoder);
  for (const hex of ["82 20", "82 3fe11f", "400161 0131 20", "20 82 20"]) {
    refuses(hex, /^Cannot resize the dynamic table: not at the start of a header block$/);
  }
});

Deno.test("HpackDecoder.decode() refuses a table larger than it may be", () => {
  assert.deepEqual(lines(new HpackDecoder(limits), "3fe11f"), []);
  refuses("3fe21f", /^Cannot resize the dynamic table: 4097 octets, more than 4096$/);
  const large = { ...limits, maxTableSize: 8192 };
  assert.deepEqual(lines(new HpackDecoder(large), "3fe13f"), []);
  refuses("3fe23f", /: 8193 octets, more than 8192$/, new HpackDecoder(large));
});

Deno.test("HpackDecoder.settingsAcknowledged() demands that the peer takes the smaller table", () => {
  const small = { ...limits, maxTableSize: 64 };
  const before = new HpackDecoder(small);
  // Two fields of 34 octets: the peer has not yet read that it may use 64 alone.
  assert.deepEqual(lines(before, "400161 0131 400162 0132 bf"), ["a: 1", "b: 2", "a: 1"]);
  before.settingsAcknowledged();
  assert.deepEqual(lines(before, "3f21 be"), ["b: 2"]);
  refuses("bf", /: no table has that index$/, before);
  refuses("3f22", /: 65 octets, more than 64$/, before);

  const silent = new HpackDecoder(small);
  silent.settingsAcknowledged();
  refuses("82", /: it does not resize the dynamic table to 64 octets$/, silent);

  const unchanged = new HpackDecoder(limits);
  unchanged.settingsAcknowledged();
  assert.deepEqual(lines(unchanged, "82"), [":method: GET"]);
});

Deno.test("HpackDecoder.decode() takes a list of maxListSize and no larger one", () => {
  // ":method: GET" counts 10 and 32 octets.
  const at = (maxListSize: number) => new HpackDecoder({ ...limits, maxListSize });
  assert.deepEqual(at(84).decode(fromHex("8282")).tooLarge, false);
  const { fields, tooLarge } = at(83).decode(fromHex("8282"));
  assert.equal(tooLarge, true);
  assert.equal(fields.length, 1);
  assert.equal(at(0).decode(fromHex("")).tooLarge, false);
});

Deno.test("HpackDecoder.decode() keeps its table in step when the list is too large", () => {
  const decoder = new HpackDecoder({ ...limits, maxListSize: 40 });
  const { fields, tooLarge } = decoder.decode(fromHex("82 400161 0131 400162 0132"));
  assert.deepEqual([fields.length, tooLarge], [0, true]);
  assert.deepEqual(lines(decoder, "be"), ["b: 2"]);
  assert.deepEqual(lines(decoder, "bf"), ["a: 1"]);
  // And is as strict there.
  refuses("82 82 c0", /: no table has that index$/, decoder);
});

Deno.test("HpackDecoder.decode() copies nothing of what is referred to again and again", () => {
  const block = followedBy(indexedLiteral("x", "y".repeat(4000)), 0xbe, 100_000);
  const unlimited = new HpackDecoder({ ...limits, maxListSize: Number.MAX_SAFE_INTEGER });
  const { fields } = unlimited.decode(block);
  assert.equal(fields.length, 100_001);
  assert.equal(new Set(fields).size, 1, "a field that is referred to was made anew");

  const limited = new HpackDecoder(limits).decode(block);
  assert.equal(limited.tooLarge, true);
  assert.equal(limited.fields.length, Math.floor(65_536 / 4033));
});

Deno.test("HpackDecoder.decode() leaves no more fields behind than their size lets it", () => {
  const block = followedBy(new Uint8Array(0), 0x82, 1_000_000);
  const { fields, tooLarge } = new HpackDecoder(limits).decode(block);
  assert.equal(tooLarge, true);
  assert.equal(fields.length, Math.floor(65_536 / 42));
});
