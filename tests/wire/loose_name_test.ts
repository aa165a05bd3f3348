import assert from "node:assert/strict";
import { looseName } from "../../src/wire/loose_name.ts";

const names: readonly (readonly [name: string, loose: string])[] = [
  ["", ""],
  ["x-api-key", "x-api-key"],
  ["x_api_key", "x-api-key"],
  ["x.api!key0", "x-api-key0"],
  ["__", "--"],
];

for (const [name, loose] of names) {
  Deno.test(`looseName() of ${JSON.stringify(name)} is ${JSON.stringify(loose)}`, () => {
    assert.equal(looseName(name), loose);
  });
}
