import assert from "node:assert/strict";
import { PatternSet } from "../../src/policy/pattern_set.ts";
import { Redactor } from "../../src/policy/redact.ts";
import { GrpcRedactor } from "../../src/policy/redact_grpc.ts";

const secret = "ghp_0123456789abcdef";
const encoder = new TextEncoder();

function redactor(): GrpcRedactor {
  const patterns = new PatternSet([{ name: "TOKEN", octets: encoder.encode(secret) }]);
  return new GrpcRedactor(new Redactor({ patterns }));
}

function message(text: string): Uint8Array {
  return Uint8Array.from([0, 0, 0, 0, text.length, ...encoder.encode(text)]);
}

/** What has been passed on once this has arrived in pieces of `size` octets. */
function passed(search: GrpcRedactor, { stream, size }: { stream: Uint8Array; size: number }) {
  const out: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += size) {
    const before = out.length;
    search.push(stream.slice(at, at + size), out);
    for (let index = before; index < out.length; index++) {
      out[index] = (out[index] ?? stream).slice();
    }
  }
  return Uint8Array.from(out.flatMap((piece) => [...piece]));
}

for (const size of [1, 7, 1000]) {
  Deno.test(`GrpcRedactor masks a credential in a message that comes ${size} octets at a time`, () => {
    const stream = Uint8Array.from([...message("one"), ...message(`a ${secret} b`)]);
    const masked = Uint8Array.from([
      ...message("one"),
      ...message(`a ${"*".repeat(secret.length)} b`),
    ]);
    assert.deepEqual(passed(redactor(), { stream, size }), masked);
  });

  Deno.test(`GrpcRedactor passes a message on when it ends, ${size} octets at a time`, () => {
    const stream = message("ends like the beginning of one: ghp_0123");
    assert.deepEqual(passed(redactor(), { stream, size }), stream);
  });
}

Deno.test("GrpcRedactor holds the last word of a message that has not ended", () => {
  const search = redactor();
  const stream = message("a ghp0").subarray(0, -1);
  assert.ok(passed(search, { stream, size: 100 }).length < stream.length);
});

Deno.test("GrpcRedactor passes on the rest of a message that is cut short", () => {
  const search = redactor();
  const stream = message("ghp_0123");
  const out: Uint8Array[] = [];
  search.push(stream.slice(0, -1), out);
  search.end(out);
  assert.deepEqual(Uint8Array.from(out.flatMap((piece) => [...piece])), stream.slice(0, -1));
});

Deno.test("GrpcRedactor passes every octet on once, and in order, however messages end", () => {
  const search = redactor();
  const stream = Uint8Array.from([
    ...message("ghp_0"),
    ...message("abc"),
    ...message(""),
    ...message("ghp"),
    ...message("!"),
    ...message("def"),
  ]);
  for (const size of [1, 2, 3, 5, 8, 100]) {
    const out = passed(redactor(), { stream, size });
    assert.deepEqual(out, stream);
  }
  assert.deepEqual(passed(search, { stream, size: 4 }), stream);
});

/** A service that repeats what it was sent can be made to say that anything is gRPC. */
const forged: Record<string, Uint8Array> = {
  "in a prefix": encoder.encode(`\0${secret}! and more`),
  "that begins in a prefix": encoder.encode(`\0\0\0${secret}! and more`),
  "that a message ends in, but for an octet": Uint8Array.from([
    ...[0, 0, 0, 0, secret.length - 1],
    ...encoder.encode(`${secret}! and more`),
  ]),
  "that a message ends in the middle of": Uint8Array.from([
    ...[0, 0, 0, 0, 12],
    ...encoder.encode(`${secret}! and more`),
  ]),
};

for (const [where, stream] of Object.entries(forged)) {
  for (const size of [1, 5, 24, 1000]) {
    Deno.test(`GrpcRedactor does not let a credential through ${where}, ${size} octets at a time`, () => {
      const search = redactor();
      const out: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        try {
          search.push(stream.slice(at, at + size), out);
        } catch {
          // Then the response is cut.
          break;
        }
      }
      const text = new TextDecoder().decode(Uint8Array.from(out.flatMap((piece) => [...piece])));
      const half = secret.length / 2;
      assert.ok(!text.includes(secret.slice(0, half)), JSON.stringify(text));
      assert.ok(!text.includes(secret.slice(-half)), JSON.stringify(text));
    });
  }
}
