import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "../../src/policy/token_bucket.ts";

const tenPerSecond = { tokens: 10, perMs: 1000, capacity: 5 };

Deno.test("TokenBucket is full at first, fills up evenly and not beyond its capacity", () => {
  const bucket = new TokenBucket(tenPerSecond, 500);
  assert.equal(bucket.isFull(500), true);
  assert.equal(bucket.waitFor(5, 500), 0);
  assert.equal(bucket.waitFor(6, 500), 100);
  bucket.take(5, 500);
  assert.equal(bucket.isFull(500), false);
  assert.equal(bucket.waitFor(1, 500), 100);
  assert.equal(bucket.waitFor(1, 599), 1);
  assert.equal(bucket.waitFor(1, 600), 0);
  assert.equal(bucket.isFull(999), false);
  assert.equal(bucket.isFull(1000), true);
  assert.equal(bucket.waitFor(6, 1_000_000), 100);
});

Deno.test("TokenBucket.take() puts it into debt, which is paid before anything is there again", () => {
  const bucket = new TokenBucket(tenPerSecond, 0);
  bucket.take(25, 0);
  assert.equal(bucket.waitFor(1, 0), 2100);
  assert.equal(bucket.waitFor(1, 2000), 100);
  assert.equal(bucket.waitFor(5, 2000), 500);
});

Deno.test("TokenBucket.waitFor() is how long it takes, to the millisecond", () => {
  const steps = fc.record({
    tokens: fc.integer({ min: 1, max: 1000 }),
    perMs: fc.integer({ min: 1, max: 3_600_000 }),
    capacity: fc.integer({ min: 1, max: 1000 }),
    taken: fc.nat({ max: 5000 }),
    start: fc.nat(),
  });
  fc.assert(fc.property(steps, ({ taken, start, ...rate }) => {
    const bucket = new TokenBucket(rate, start);
    bucket.take(taken, start);
    const wait = bucket.waitFor(1, start);
    assert.equal(bucket.waitFor(1, start + Math.ceil(wait)), 0);
    const early = new TokenBucket(rate, start);
    early.take(taken, start);
    if (wait > 1) assert.ok(early.waitFor(1, start + Math.ceil(wait) - 1) > 0);
  }));
});
