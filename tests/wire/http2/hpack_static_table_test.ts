import assert from "node:assert/strict";
import {
  findStaticName,
  findStaticValue,
  staticTable,
} from "../../../src/wire/http2/hpack_static_table.ts";

Deno.test("staticTable has the 61 fields of RFC 7541 appendix A", () => {
  assert.equal(staticTable.length, 61);
  const table: [index: number, name: string, value: string][] = [
    [1, ":authority", ""],
    [2, ":method", "GET"],
    [5, ":path", "/index.html"],
    [7, ":scheme", "https"],
    [8, ":status", "200"],
    [14, ":status", "500"],
    [16, "accept-encoding", "gzip, deflate"],
    [23, "authorization", ""],
    [32, "cookie", ""],
    [38, "host", ""],
    [58, "user-agent", ""],
    [61, "www-authenticate", ""],
  ];
  for (const [index, name, value] of table) {
    assert.deepEqual(staticTable[index - 1], { name, value, sensitive: false });
  }
});

Deno.test("findStaticName() gives the first index of a name", () => {
  for (const [at, { name }] of staticTable.entries()) {
    const first = staticTable.findIndex((field) => field.name === name);
    assert.equal(findStaticName(name), first + 1);
    assert.ok(first <= at);
  }
  for (const name of ["", "x-api-key", "Host", "__proto__"]) assert.equal(findStaticName(name), 0);
});

Deno.test("findStaticValue() gives the index of name and value, or 0", () => {
  for (const [at, { name, value }] of staticTable.entries()) {
    assert.equal(findStaticValue(findStaticName(name), value), at + 1);
  }
  const table: [name: string, value: string][] = [
    [":method", "PUT"],
    [":method", ""],
    [":status", "201"],
    // What the next name has is not this one's.
    [":method", "/"],
    ["host", "x"],
    ["www-authenticate", "x"],
    ["x-api-key", ""],
  ];
  for (const [name, value] of table) {
    assert.equal(findStaticValue(findStaticName(name), value), 0, name);
  }
});
