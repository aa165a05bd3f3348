import assert from "node:assert/strict";
import fc from "fast-check";
import { PatternSet } from "../../src/policy/pattern_set.ts";
import { Redactor } from "../../src/policy/redact.ts";
import { SpdyRedactor } from "../../src/policy/redact_spdy.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const secret = "abababbaab";
const patterns = new PatternSet([{ name: "TOKEN", octets: encodeLatin1(secret) }]);

interface Frame {
  /** The first four octets: a stream, or version and type of a control frame. */
  readonly first: readonly [number, number, number, number];
  readonly flags: number;
  readonly payload: string;
}

function encode({ first, flags, payload }: Frame): number[] {
  const { length } = payload;
  return [
    ...first,
    flags,
    length >> 16,
    length >> 8 & 0xff,
    length & 0xff,
    ...encodeLatin1(payload),
  ];
}

/** What is passed on, piece by piece. */
function redact(octets: readonly number[], cuts: readonly number[] = []): number[][] {
  const redactor = new SpdyRedactor(new Redactor({ patterns }));
  const places = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => {
    const out: Uint8Array[] = [];
    redactor.push(Uint8Array.from(octets.slice(start, places[index])), out);
    return out.flatMap((piece) => [...piece]);
  });
}

const frame = fc.record({
  first: fc.constantFrom<Frame["first"][]>([0, 0, 0, 1], [0x7f, 0, 0, 3], [0x80, 3, 0, 2]),
  flags: fc.constantFrom(0, 1),
  payload: fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 160 }),
});

Deno.test("SpdyRedactor masks each frame as a whole, however it is cut, and no length changes", () => {
  fc.assert(fc.property(fc.array(frame), fc.array(fc.nat()), (frames, cuts) => {
    const octets = frames.flatMap(encode);
    const expected = frames.flatMap((sent) => {
      const payload = encodeLatin1(sent.payload);
      new Redactor({ patterns }).whole(payload);
      return encode({ ...sent, payload: String.fromCharCode(...payload) });
    });
    assert.deepEqual(redact(octets, cuts).flat(), expected);
  }));
});

Deno.test("SpdyRedactor holds nothing back beyond the end of a frame", () => {
  const prompt = encode({ first: [0, 0, 0, 3], flags: 0, payload: "abab" });
  const [passed] = redact(prompt);
  assert.deepEqual(passed, prompt);
});

Deno.test("SpdyRedactor does not recognise a credential in two frames", () => {
  const frames = [secret.slice(0, 5), secret.slice(5)].flatMap((payload) =>
    encode({ first: [0, 0, 0, 1], flags: 0, payload })
  );
  assert.deepEqual(redact(frames).flat(), frames);
});

Deno.test("SpdyRedactor refuses what is no frame of SPDY/3.1", () => {
  const refused: [string, number[]][] = [
    ["plain text", [...encodeLatin1(`HTTP/1.1 200 OK\r\n\r\n${secret}`)]],
    ["SPDY/2", encode({ first: [0x80, 2, 0, 1], flags: 0, payload: "" })],
    ["stream 0", encode({ first: [0, 0, 0, 0], flags: 0, payload: "" })],
    ["compressed data", encode({ first: [0, 0, 0, 1], flags: 2, payload: "x" })],
  ];
  for (const [what, octets] of refused) assert.throws(() => redact(octets), WireError, what);
});
