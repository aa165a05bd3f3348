import assert from "node:assert/strict";
import fc from "fast-check";
import { BodyDecoder } from "../../../src/wire/body_decoder.ts";
import { ChunkJoiner } from "../../../src/wire/http2/chunk_joiner.ts";
import { decodeLatin1, encodeLatin1 } from "../../../src/wire/octets.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";

function text(out: OctetBuffer): string {
  return decodeLatin1(out.view(), 0, out.length);
}

Deno.test("ChunkJoiner writes pieces as one chunk until they are taken", () => {
  const out = new OctetBuffer(0);
  const chunks = new ChunkJoiner();
  out.text("head");
  for (const piece of ["a", "bc", "d"]) chunks.append(out, encodeLatin1(piece));
  assert.equal(text(out), "head00000004\r\nabcd\r\n");
  out.clear();
  chunks.taken();
  chunks.append(out, encodeLatin1("x".repeat(0x1f)));
  assert.equal(text(out), `0000001f\r\n${"x".repeat(0x1f)}\r\n`);
});

Deno.test("ChunkJoiner begins another chunk after what is not its own", () => {
  const out = new OctetBuffer(0);
  const chunks = new ChunkJoiner();
  chunks.append(out, encodeLatin1("a"));
  out.text("!");
  chunks.append(out, encodeLatin1("b"));
  assert.equal(text(out), "00000001\r\na\r\n!00000001\r\nb\r\n");
});

Deno.test("ChunkJoiner's chunks are decoded to what was appended, whenever it is taken", () => {
  const piece = fc.record({
    octets: fc.uint8Array({ minLength: 1, maxLength: 600 }),
    take: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    const out = new OctetBuffer(0);
    const chunks = new ChunkJoiner();
    const decoder = new BodyDecoder({ kind: "chunked" }, { maxBytes: 100, maxFieldLines: 10 });
    const decoded: number[] = [];
    function take(): void {
      const data: Uint8Array[] = [];
      assert.equal(decoder.decode(out.view(), data), out.length);
      for (const octets of data) decoded.push(...octets);
      out.clear();
      chunks.taken();
    }
    for (const { octets, take: now } of pieces) {
      chunks.append(out, octets);
      if (now) take();
    }
    out.text("0\r\n\r\n");
    take();
    assert.deepEqual(decoded, pieces.flatMap(({ octets }) => [...octets]));
    assert.equal(decoder.done, true);
  }));
});
