import assert from "node:assert/strict";
import { parseTransparentAddress } from "../../src/config/listen_address.ts";

Deno.test("parseTransparentAddress() reads where connections arrive, and what for", () => {
  assert.deepEqual(parseTransparentAddress("0.0.0.0:6443=6443"), {
    hostname: "0.0.0.0",
    port: 6443,
    originalPort: 6443,
  });
  assert.deepEqual(parseTransparentAddress("[::1]:0=65535"), {
    hostname: "::1",
    port: 0,
    originalPort: 65_535,
  });
});

for (
  const text of ["", "0.0.0.0:6443", "0.0.0.0:6443=", "=443", "a:1=0", "a:1=65536", "a:1=x", "a=1"]
) {
  Deno.test(`parseTransparentAddress() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseTransparentAddress(text), /Cannot parse/);
  });
}
