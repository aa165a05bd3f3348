import assert from "node:assert/strict";
import { WriteProgress } from "../../src/proxy/write_progress.ts";

Deno.test("WriteProgress is not stalled where nothing is written, however long", () => {
  const progress = new WriteProgress();
  for (const now of [0, 1000, 1e6]) assert.equal(progress.stalledFor(now), 0);
  progress.begin();
  progress.end();
  for (const now of [2e6, 3e6]) assert.equal(progress.stalledFor(now), 0);
  assert.equal(progress.isPending, false);
});

Deno.test("WriteProgress counts from the first look at a write that gets nowhere", () => {
  const progress = new WriteProgress();
  progress.begin();
  assert.equal(progress.isPending, true);
  assert.equal(progress.stalledFor(1000), 0);
  assert.equal(progress.stalledFor(1250), 250);
  assert.equal(progress.stalledFor(4000), 3000);
});

Deno.test("WriteProgress starts again at every step, and at every new write", () => {
  const progress = new WriteProgress();
  progress.begin();
  progress.stalledFor(0);
  progress.advance();
  assert.equal(progress.stalledFor(1000), 0);
  assert.equal(progress.stalledFor(1500), 500);
  progress.end();
  progress.begin();
  assert.equal(progress.stalledFor(2000), 0);
  assert.equal(progress.stalledFor(2100), 100);
  // A second write beside the first, which goes on.
  progress.begin();
  assert.equal(progress.stalledFor(2200), 200);
  progress.end();
  assert.equal(progress.stalledFor(2300), 0);
  assert.equal(progress.stalledFor(2400), 100);
});

Deno.test("WriteProgress does not hold an earlier wait against a write that has just begun", () => {
  const progress = new WriteProgress();
  progress.begin();
  progress.stalledFor(0);
  progress.end();
  assert.equal(progress.stalledFor(1000), 0);
  progress.begin();
  assert.equal(progress.stalledFor(5000), 0);
  assert.equal(progress.stalledFor(5001), 1);
});
