import assert from "node:assert/strict";
import fc from "fast-check";
import { median, quantile, Samples } from "../../scripts/bench/samples.ts";

Deno.test("median() takes the middle, or the mean of the two in the middle", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  // As numbers, not as text.
  assert.equal(median([10, 9, 100]), 10);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("median() has as many values below it as above it", () => {
  fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
    const middle = median(values);
    const below = values.filter((value) => value < middle).length;
    const above = values.filter((value) => value > middle).length;
    assert.ok(below <= values.length / 2 && above <= values.length / 2);
  }));
});

Deno.test("quantile() takes the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(quantile(hundred, 0.99), 99);
  assert.equal(quantile(hundred, 0.5), 50);
  assert.equal(quantile(hundred, 1), 100);
  assert.equal(quantile(hundred, 0), 1);
  assert.equal(quantile([3], 0.99), 3);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

Deno.test("Samples keeps each contender's values apart", () => {
  const samples = new Samples();
  for (const value of [3, 1, 2]) samples.add("cpu", "ours", value);
  samples.add("cpu", "theirs", 8);
  samples.add("rps", "ours", 5);
  assert.equal(samples.median("cpu", "ours"), 2);
  assert.equal(samples.median("cpu", "theirs"), 8);
  assert.equal(samples.median("rps", "theirs"), undefined);
  assert.equal(samples.median("other", "ours"), undefined);
  assert.deepEqual(samples.toJSON(), { cpu: { ours: [3, 1, 2], theirs: [8] }, rps: { ours: [5] } });
});
