/**
 * What holds for header blocks: a field is the same however its encoder chose to write it, and octets
 * that are none are refused.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type HeaderList, HpackDecoder } from "../../src/wire/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../src/wire/http2/hpack_encoder.ts";
import { HpackError } from "../../src/wire/http2/hpack_error.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { type EncodingChoice, ReferenceEncoder } from "../wire/http2/reference_encoder.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";

const limits = { maxTableSize: 4096, maxListSize: 2000 };
const unlimited = { maxTableSize: 4096, maxListSize: Number.MAX_SAFE_INTEGER };

const octets = fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));
const field = fc.record({
  name: fc.oneof(fc.constantFrom(":method", ":status", "cookie", "via", "x-a", "x-b"), octets),
  value: fc.oneof(
    fc.constantFrom("GET", "200", "404", "", "a", "b", "c".repeat(300), "d".repeat(5000)),
    octets,
  ),
});
const choice: fc.Arbitrary<EncodingChoice> = fc.record({
  literal: fc.constantFrom("indexed", "indexed", "not-indexed", "never-indexed"),
  huffman: fc.boolean(),
  useIndex: fc.boolean(),
  useNameIndex: fc.boolean(),
});
const tableSize = fc.oneof(fc.constantFrom(0, 64, 4096), fc.nat({ max: 4096 }));
const block = fc.record({
  resizes: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(tableSize, { maxLength: 2 }),
  ),
  fields: fc.array(fc.record({ field, choice }), { maxLength: 12 }),
});
const blocks = fc.array(block, { maxLength: 8 });

const sameOverEncodings = fuzzTarget("hpack-fields-however-encoded", {
  values: blocks,
  hold: (blocks) => {
    const encoder = new ReferenceEncoder();
    const whole = new HpackDecoder(unlimited);
    const limited = new HpackDecoder(limits);
    for (const { resizes, fields } of blocks) {
      for (const size of resizes) encoder.resize(size);
      const octets = encoder.encode(fields);
      const plain = fields.map(({ field: { name, value } }) => ({ name, value }));
      const list = whole.decode(octets);
      assert.equal(list.tooLarge, false);
      assert.deepEqual(list.fields.map(({ name, value }) => ({ name, value })), plain);
      // The other's lists may be cut; its table is in step all the same.
      const cut = limited.decode(octets);
      assert.deepEqual(cut.fields, list.fields.slice(0, cut.fields.length));
      assert.equal(cut.tooLarge, cut.fields.length < list.fields.length);
    }
  },
});

const encodedIsDecoded = fuzzTarget("hpack-encoded-is-decoded", {
  values: fc.array(fc.array(fc.record({ field, sensitive: fc.boolean() }))),
  hold: (lists) => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder(unlimited);
    for (const list of lists) {
      const fields = list.map(({ field, sensitive }) => ({ ...field, sensitive }));
      const out = new OctetBuffer(64);
      encoder.begin(out);
      for (const field of fields) encoder.field(out, field);
      assert.deepEqual(decoder.decode(out.view()), { fields, tooLarge: false });
    }
  },
});

/** Octets that often are the beginning of a field, so that not all is refused at once. */
const nearlyBlock = fc.array(
  fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0x40, 0x00, 0x10, 0x01, 0x02, 0x03, 0x81, 0x82, 0xbe, 0xbf, 0x20, 0x3f, 0xff),
  ),
  { maxLength: 60 },
);

const refusesOrBounds = fuzzTarget("hpack-hostile-block", {
  values: fc.array(nearlyBlock, { maxLength: 4 }),
  hold: (blocks) => {
    const decoder = new HpackDecoder(limits);
    for (const block of blocks) {
      const bytes = Uint8Array.from(block);
      const list = orUndefined(() => decoder.decode(bytes));
      if (list === undefined) return;
      const size = list.fields.reduce(
        (sum, { name, value }) => sum + name.length + value.length + 32,
        0,
      );
      assert.ok(size <= limits.maxListSize, `the list has ${size} octets`);
      assert.ok(list.fields.length <= block.length, "more fields than octets");
    }
  },
});

function orUndefined(decode: () => HeaderList): HeaderList | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof HpackError)) throw error;
    return undefined;
  }
}

export const hpackTargets: readonly FuzzTarget[] = [
  sameOverEncodings,
  encodedIsDecoded,
  refusesOrBounds,
];
