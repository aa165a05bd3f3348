import assert from "node:assert/strict";
import fc from "fast-check";
import { GrpcMessageReader, type GrpcPart } from "../../src/wire/grpc_messages.ts";
import { WireError } from "../../src/wire/wire_error.ts";

/** A message as it is sent. */
function encode(payload: Uint8Array): Uint8Array {
  const octets = new Uint8Array(5 + payload.length);
  new DataView(octets.buffer).setUint32(1, payload.length);
  octets.set(payload, 5);
  return octets;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

Deno.test("GrpcMessageReader finds every message, however the stream is cut", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(messages, cuts, (payloads, sizes) => {
    const stream = join(payloads.map(encode));
    const reader = new GrpcMessageReader();
    const parts: GrpcPart[] = [];
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      reader.read(stream.subarray(at, at + size), parts);
      at += size;
    }
    assert.deepEqual(join(parts.map(({ octets }) => octets)), stream);
    const found: Uint8Array[] = [];
    let pieces: Uint8Array[] = [];
    for (const { kind, octets, last } of parts) {
      if (kind === "payload") pieces.push(octets);
      if (!last) continue;
      found.push(join(pieces));
      pieces = [];
    }
    assert.deepEqual(found, payloads);
    assert.deepEqual(pieces, []);
  }));
});

Deno.test("GrpcMessageReader reads a length of four octets", () => {
  const parts: GrpcPart[] = [];
  new GrpcMessageReader().read(Uint8Array.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2]), parts);
  assert.deepEqual(parts.map(({ kind, last }) => [kind, last]), [["prefix", false], [
    "payload",
    false,
  ]]);
});

for (const flag of [1, 2, 0x80, 0xff]) {
  Deno.test(`GrpcMessageReader refuses a message whose first octet is ${flag}`, () => {
    const reader = new GrpcMessageReader();
    reader.read(encode(Uint8Array.from([7])), []);
    assert.throws(() => reader.read(Uint8Array.from([flag]), []), WireError);
  });
}
