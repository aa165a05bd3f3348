import assert from "node:assert/strict";
import { HpackDecoder } from "../../../src/wire/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../../src/wire/http2/hpack_encoder.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { fromHex, toHex } from "./hex.ts";

interface Field {
  readonly name: string;
  readonly value: string;
  readonly sensitive?: boolean;
}

function encode(encoder: HpackEncoder, fields: readonly Field[]): string {
  const out = new OctetBuffer(64);
  encoder.begin(out);
  for (const field of fields) encoder.field(out, field);
  return toHex(out.view());
}

Deno.test("HpackEncoder.begin() gives the peer's table up, once", () => {
  const encoder = new HpackEncoder();
  assert.equal(encode(encoder, [{ name: ":method", value: "GET" }]), "2082");
  assert.equal(encode(encoder, [{ name: ":method", value: "GET" }]), "82");
  assert.equal(encode(new HpackEncoder(), []), "20");
});

Deno.test("HpackEncoder.field() writes the shortest form that needs no table", () => {
  const table: [Field, hex: string][] = [
    [{ name: ":method", value: "POST" }, "83"],
    [{ name: ":status", value: "500" }, "8e"],
    [{ name: "accept-encoding", value: "gzip, deflate" }, "90"],
    [{ name: "www-authenticate", value: "" }, "bd"],
    [{ name: ":method", value: "PUT" }, "02 03 505554"],
    [{ name: ":status", value: "201" }, "08 03 323031"],
    [{ name: "accept-encoding", value: "br" }, "0f01 02 6272"],
    [{ name: "via", value: "a" }, "0f2d 01 61"],
    [{ name: "x-a", value: "" }, "00 03 782d61 00"],
    [{ name: "x-a", value: "\0\xff" }, "00 03 782d61 02 00ff"],
    [{ name: "x-a", value: "b", sensitive: false }, "00 03 782d61 01 62"],
  ];
  for (const [field, hex] of table) assertEncodes(field, hex);
});

Deno.test("HpackEncoder.field() writes a sensitive field as never-indexed literal", () => {
  const table: [Field, hex: string][] = [
    [{ name: "authorization", value: "a", sensitive: true }, "1f08 01 61"],
    [{ name: ":path", value: "/x", sensitive: true }, "14 02 2f78"],
    [{ name: "x-a", value: "b", sensitive: true }, "10 03 782d61 01 62"],
    // Also where the static table has it: who passes it on must see that it is one.
    [{ name: ":method", value: "GET", sensitive: true }, "12 03 474554"],
  ];
  for (const [field, hex] of table) assertEncodes(field, hex);
});

Deno.test("HpackEncoder.field() writes strings of any length", () => {
  for (const length of [126, 127, 128, 254, 255, 16_384, 70_000]) {
    const field = { name: "n".repeat(length), value: "v".repeat(length), sensitive: false };
    const hex = encode(new HpackEncoder(), [field]);
    const decoder = new HpackDecoder({ maxTableSize: 4096, maxListSize: 200_000 });
    assert.deepEqual(decoder.decode(fromHex(hex)).fields, [field]);
  }
});

Deno.test("HpackEncoder writes the same for the same field, whatever went before", () => {
  const encoder = new HpackEncoder();
  const fields = [{ name: "cookie", value: "a=b" }, { name: "x-a", value: "b" }];
  encode(encoder, []);
  const first = encode(encoder, fields);
  assert.equal(encode(encoder, fields), first);
  assert.equal(encode(encoder, [...fields, ...fields]), first + first);
});

function assertEncodes(field: Field, hex: string): void {
  const encoded = encode(new HpackEncoder(), [field]);
  assert.equal(encoded, "20" + hex.replaceAll(" ", ""), `${field.name}: ${field.value}`);
}
