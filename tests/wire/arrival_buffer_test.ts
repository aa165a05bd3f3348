import assert from "node:assert/strict";
import fc from "fast-check";
import { ArrivalBuffer } from "../../src/wire/arrival_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";

function append(buffer: ArrivalBuffer, text: string): void {
  const bytes = encodeLatin1(`${text}and what was there before`);
  buffer.append(bytes, text.length);
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decodeLatin1(bytes, 0, bytes.length);
}

Deno.test("ArrivalBuffer.take() gives all that has arrived, once", () => {
  const buffer = new ArrivalBuffer();
  assert.equal(buffer.take(), undefined);
  append(buffer, "ab");
  append(buffer, "c");
  assert.equal(buffer.length, 3);
  assert.equal(text(buffer.take()), "abc");
  assert.equal(buffer.length, 0);
  assert.equal(buffer.take(), undefined);
});

Deno.test("ArrivalBuffer leaves what take() gave untouched until the next take()", () => {
  const buffer = new ArrivalBuffer();
  append(buffer, "first");
  const first = buffer.take();
  append(buffer, "second, which is longer");
  assert.equal(text(first), "first");
  assert.equal(text(buffer.take()), "second, which is longer");
});

Deno.test("ArrivalBuffer.unread() puts octets before all others, the last ones first", () => {
  const buffer = new ArrivalBuffer();
  append(buffer, "abcd");
  const taken = buffer.take() ?? assert.fail();
  append(buffer, "ef");
  buffer.unread(taken.subarray(2));
  buffer.unread(taken.subarray(0, 2));
  assert.equal(buffer.length, 6);
  assert.equal(text(buffer.take()), "abcd");
  assert.equal(text(buffer.take()), "ef");
});

Deno.test("ArrivalBuffer.trim() takes nothing from a reader that is behind", () => {
  const buffer = new ArrivalBuffer();
  const large = new Uint8Array(100_000).fill(0x61);
  buffer.append(large, large.length);
  buffer.trim();
  assert.equal(buffer.take()?.length, large.length);
  buffer.trim();
  append(buffer, "b");
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
        append(buffer, step.append);
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
