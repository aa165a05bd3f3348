import assert from "node:assert/strict";
import fc from "fast-check";
import { AuditRing } from "../../src/observe/audit_ring.ts";

Deno.test("AuditRing.recent() gives the last lines, at least as many octets of them as it keeps", () => {
  const steps = fc.record({
    capacity: fc.integer({ min: 12, max: 60 }),
    lengths: fc.array(fc.nat({ max: 8 }), { maxLength: 40 }),
    limit: fc.nat({ max: 12 }),
  });
  fc.assert(fc.property(steps, ({ capacity, lengths, limit }) => {
    const ring = new AuditRing(capacity);
    const lines = lengths.map((length, index) => index + "x".repeat(length) + "\n");
    for (const line of lines) ring.add(new TextEncoder().encode(line));
    const kept = ring.recent(1000);
    assert.deepEqual(kept, kept.length === 0 ? [] : lines.slice(-kept.length));
    const next = lines.at(-kept.length - 1);
    if (kept.length < lines.length) {
      assert.ok((next + kept.join("")).length > capacity, "there was no room for one more");
    }
    assert.deepEqual(ring.recent(limit), limit === 0 ? [] : kept.slice(-limit));
  }));
});

Deno.test("AuditRing.add() leaves out a line that it cannot hold, and one alone", () => {
  const ring = new AuditRing(5);
  for (const line of ["one\n", "1234\n", "12345\n"]) ring.add(new TextEncoder().encode(line));
  assert.deepEqual(ring.recent(10), ["one\n", "1234\n"]);
});
