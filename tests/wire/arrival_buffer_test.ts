import assert from "node:assert/strict";
import fc from "fast-check";
import { ArrivalBuffer } from "../../src/wire/arrival_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decodeLatin1(bytes, 0, bytes.length);
}

Deno.test("ArrivalBuffer.take() gives all that has arrived, once", () => {
  const buffer = new ArrivalBuffer();
  assert.equal(buffer.take(), undefined);
  buffer.append(encodeLatin1("ab"));
  buffer.append(encodeLatin1("c"));
  assert.equal(buffer.length, 3);
  assert.equal(text(buffer.take()), "abc");
  assert.equal(buffer.length, 0);
  assert.equal(buffer.take(), undefined);
});

Deno.test("ArrivalBuffer leaves what take() gave untouched until the next take()", () => {
  const buffer = new ArrivalBuffer();
  buffer.append(encodeLatin1("first"));
  const first = buffer.take();
  buffer.append(encodeLatin1("second, which is longer"));
  assert.equal(text(first), "first");
  assert.equal(text(buffer.take()), "second, which is longer");
});

Deno.test("ArrivalBuffer.unread() puts octets before all others, the last ones first", () => {
  const buffer = new ArrivalBuffer();
  buffer.append(encodeLatin1("abcd"));
  const taken = buffer.take() ?? assert.fail();
  buffer.append(encodeLatin1("ef"));
  buffer.unread(taken.subarray(2));
  buffer.unread(taken.subarray(0, 2));
  assert.equal(buffer.length, 6);
  assert.equal(text(buffer.take()), "abcd");
  assert.equal(text(buffer.take()), "ef");
});

Deno.test("ArrivalBuffer.trim() takes nothing from a reader that is behind", () => {
  const buffer = new ArrivalBuffer();
  const large = new Uint8Array(100_000).fill(0x61);
  buffer.append(large);
  buffer.trim();
  assert.equal(buffer.take()?.length, large.length);
  buffer.trim();
  buffer.append(encodeLatin1("b"));
  assert.equal(text(buffer.take()), "b");
});

Deno.test("ArrivalBuffer gives every octet once and in order, however it is used", () => {
  const step = fc.oneof(
    fc.record({ append: fc.string({ unit: "binary-ascii", maxLength: 40 }) }),
    fc.record({ unread: fc.nat(40) }),
    fc.constant("trim" as const),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const buffer = new ArrivalBuffer();
    let sent = "";
    let got = "";
    for (const step of steps) {
      if (step === "trim") buffer.trim();
      else if ("append" in step) {
        sent += step.append;
        buffer.append(encodeLatin1(step.append));
      } else {
        const taken = buffer.take();
        if (taken === undefined) continue;
        const kept = Math.min(step.unread, taken.length);
        got += text(taken.subarray(0, kept));
        buffer.unread(taken.subarray(kept));
      }
    }
    for (let taken = buffer.take(); taken; taken = buffer.take()) got += text(taken);
    assert.equal(got, sent);
  }));
});
