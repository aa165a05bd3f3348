import { strict as assert } from "node:assert";
import { randomSerialNumber } from "../../src/ca/serial_number.ts";

Deno.test("randomSerialNumber() is positive, 16 octets without padding, and does not repeat", () => {
  const serials = Array.from({ length: 2000 }, randomSerialNumber);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/);
  assert.equal(new Set(serials).size, serials.length);
});
