import assert from "node:assert/strict";
import fc from "fast-check";
import { HpackDynamicTable } from "../../../src/wire/http2/hpack_dynamic_table.ts";

/** A field that counts `size` octets, 32 or more. */
function fieldOf(size: number) {
  return { name: "", value: "v".repeat(size - 32), sensitive: false };
}

function contents(table: HpackDynamicTable): number[] {
  return Array.from({ length: table.count }, (_, at) => (table.at(at)?.value.length ?? 0) + 32);
}

Deno.test("HpackDynamicTable.at() counts from the newest field", () => {
  const table = new HpackDynamicTable(4096);
  assert.equal(table.at(0), undefined);
  const fields = [fieldOf(32), fieldOf(33), fieldOf(34)];
  for (const field of fields) table.add(field);
  assert.deepEqual([table.at(0), table.at(1), table.at(2)], fields.toReversed());
  assert.equal(table.at(3), undefined);
});

Deno.test("HpackDynamicTable.add() keeps what fits to the octet", () => {
  const table = new HpackDynamicTable(100);
  for (const size of [50, 50]) table.add(fieldOf(size));
  assert.deepEqual(contents(table), [50, 50]);
  table.add(fieldOf(51));
  assert.deepEqual(contents(table), [51]);
  table.add(fieldOf(100));
  assert.deepEqual(contents(table), [100]);
  table.add(fieldOf(101));
  assert.deepEqual(contents(table), []);
  table.add(fieldOf(32));
  assert.deepEqual(contents(table), [32]);
});

Deno.test("HpackDynamicTable.resize() evicts the oldest, and nothing when it grows", () => {
  const table = new HpackDynamicTable(100);
  for (const size of [32, 33, 34]) table.add(fieldOf(size));
  table.resize(66);
  assert.deepEqual(contents(table), [34]);
  table.resize(4096);
  assert.equal(table.maxSize, 4096);
  assert.deepEqual(contents(table), [34]);
  table.resize(0);
  assert.deepEqual(contents(table), []);
  table.add(fieldOf(32));
  assert.deepEqual(contents(table), []);
});

Deno.test("HpackDynamicTable does as an array whose oldest members are dropped", () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ add: fc.integer({ min: 32, max: 90 }) }) },
    { weight: 1, arbitrary: fc.record({ resize: fc.nat({ max: 3000 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
      const table = new HpackDynamicTable(3000);
      let expected: number[] = [];
      let maxSize = 3000;
      for (const step of steps) {
        if ("add" in step) {
          table.add(fieldOf(step.add));
          expected = [step.add, ...expected];
        } else {
          table.resize(step.resize);
          maxSize = step.resize;
        }
        while (expected.reduce((sum, size) => sum + size, 0) > maxSize) expected.pop();
        assert.deepEqual(contents(table), expected);
      }
    }),
    { numRuns: 50 },
  );
});
