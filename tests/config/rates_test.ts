import assert from "node:assert/strict";
import { parseRate, parseSize, parseSizeRate } from "../../src/config/rates.ts";

Deno.test("parseSize() counts octets, by thousands and by 1024", () => {
  const table: [string, number][] = [
    ["1B", 1],
    ["100MB", 100_000_000],
    ["64KiB", 65_536],
    ["64KB", 64_000],
    ["2GiB", 2_147_483_648],
    ["1GB", 1_000_000_000],
    ["1MiB", 1_048_576],
  ];
  for (const [text, expected] of table) assert.equal(parseSize(text), expected, text);
  for (const text of ["", "0MB", "100", "1 MB", "1mb", "1.5MB", "-1MB", "1TB", "1234567890B"]) {
    assert.throws(() => parseSize(text), /^Error: Cannot parse ".*": write a size/, text);
  }
});

Deno.test("parseRate() and parseSizeRate() read so many in a second, a minute or an hour", () => {
  assert.deepEqual(parseRate("100/m"), { count: 100, perMs: 60_000 });
  assert.deepEqual(parseRate("1/s"), { count: 1, perMs: 1000 });
  assert.deepEqual(parseRate("7/h"), { count: 7, perMs: 3_600_000 });
  assert.deepEqual(parseSizeRate("10MB/m"), { count: 10_000_000, perMs: 60_000 });
  for (const text of ["", "100", "0/m", "100/d", "100/min", "1.5/s", "/s", "100/M"]) {
    assert.throws(() => parseRate(text), /^Error: Cannot parse ".*": write a rate/, text);
  }
  for (const text of ["", "10MB", "10/m", "10MB/d", "/s"]) {
    assert.throws(() => parseSizeRate(text), /^Error: Cannot parse/, text);
  }
});
