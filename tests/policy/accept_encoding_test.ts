import assert from "node:assert/strict";
import { contentCoding, narrowAcceptEncoding } from "../../src/policy/accept_encoding.ts";

const narrowed: readonly (readonly [values: readonly string[], expected: string | undefined])[] = [
  [["gzip"], undefined],
  [["gzip, deflate, br, zstd"], undefined],
  [["GZIP;q=0.5, identity;q=0"], undefined],
  [["gzip", "br"], undefined],
  [["gzip, *"], "gzip"],
  [["gzip, compress;q=0.1"], "gzip"],
  [["*"], "identity"],
  [["compress"], "identity"],
  [[""], "identity"],
  [["br", "xz, gzip;q=0.2"], "br, gzip;q=0.2"],
  [["gzipped"], "identity"],
];

for (const [values, expected] of narrowed) {
  Deno.test(`narrowAcceptEncoding() of ${JSON.stringify(values)} is ${expected}`, () => {
    assert.equal(narrowAcceptEncoding(values), expected);
  });
}

const codings: readonly (readonly [values: readonly string[], expected: string | undefined])[] = [
  [[], "identity"],
  [["identity"], "identity"],
  [["gzip"], "gzip"],
  [["X-GZIP"], "gzip"],
  [["deflate"], "deflate"],
  [[" br "], "br"],
  [["zstd"], "zstd"],
  [["identity, gzip"], "gzip"],
  [["gzip, gzip"], undefined],
  [["gzip", "br"], undefined],
  [["compress"], undefined],
  [["aws-chunked"], undefined],
];

for (const [values, expected] of codings) {
  Deno.test(`contentCoding() of ${JSON.stringify(values)} is ${expected}`, () => {
    assert.equal(contentCoding(values), expected);
  });
}
