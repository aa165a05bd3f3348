import assert from "node:assert/strict";
import fc from "fast-check";
import { AuditRing } from "../../src/observe/audit_ring.ts";

Deno.test("AuditRing.recent() gives the last lines, as many as are asked for and kept", () => {
  const sizes = fc.record({
    capacity: fc.integer({ min: 1, max: 10 }),
    added: fc.nat({ max: 25 }),
    limit: fc.nat({ max: 12 }),
  });
  fc.assert(fc.property(sizes, ({ capacity, added, limit }) => {
    const ring = new AuditRing(capacity);
    const lines = Array.from({ length: added }, (_, index) => `${index}\n`);
    for (const line of lines) ring.add(line);
    const asked = Math.min(limit, capacity);
    assert.deepEqual(ring.recent(limit), asked === 0 ? [] : lines.slice(-asked));
  }));
});
