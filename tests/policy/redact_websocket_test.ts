import assert from "node:assert/strict";
import fc from "fast-check";
import { PatternSet } from "../../src/policy/pattern_set.ts";
import { Redactor } from "../../src/policy/redact.ts";
import { WebSocketRedactor } from "../../src/policy/redact_websocket.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const secret = "abababbaab";
const patterns = new PatternSet([{ name: "TOKEN", octets: encodeLatin1(secret) }]);

interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: string;
}

function encode({ opcode, fin, payload }: Frame): number[] {
  const { length } = payload;
  const size = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  return [(fin ? 0x80 : 0) | opcode, ...size, ...encodeLatin1(payload)];
}

/** A reader of its own: frames by hand. */
function decode(octets: readonly number[]): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < octets.length;) {
    const first = octets[at] ?? 0;
    let length = octets[at + 1] ?? 0;
    at += 2;
    if (length === 126) {
      length = (octets[at] ?? 0) << 8 | (octets[at + 1] ?? 0);
      at += 2;
    }
    const payload = String.fromCharCode(...octets.slice(at, at + length));
    at += length;
    frames.push({ opcode: first & 0x0f, fin: (first & 0x80) !== 0, payload });
  }
  return frames;
}

function redact(octets: readonly number[], cuts: readonly number[] = []): number[] {
  const redactor = new WebSocketRedactor(new Redactor({ patterns }));
  const places = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((a, b) => a - b);
  const passed: number[] = [];
  [0, ...places].forEach((start, index) => {
    const out: Uint8Array[] = [];
    redactor.push(Uint8Array.from(octets.slice(start, places[index])), out);
    for (const piece of out) passed.push(...piece);
  });
  return passed;
}

const payload = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 160 });
/** A message in fragments, with control frames anywhere between them. */
const message = fc.array(fc.record({ payload, ping: fc.option(payload) }), {
  minLength: 1,
  maxLength: 5,
})
  .map((fragments) =>
    fragments.flatMap(({ payload, ping }, index): Frame[] => [
      ...(ping === null ? [] : [{ opcode: 9, fin: true, payload: ping.slice(0, 125) }]),
      { opcode: index === 0 ? 1 : 0, fin: index === fragments.length - 1, payload },
    ])
  );

Deno.test("WebSocketRedactor: frames stay as they are but for credentials, in messages and control frames", () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (messages, cuts) => {
        const frames = messages.flat();
        const redacted = decode(redact(frames.flatMap(encode), cuts));
        const shape = (frame: Frame) => [frame.opcode, frame.fin, frame.payload.length];
        assert.deepEqual(redacted.map(shape), frames.map(shape));
        assert.deepEqual(contents(redacted), contents(frames).map(mask));
      },
    ),
    { numRuns: 2000 },
  );
});

/** The messages and the control frames, each kind in its order. */
function contents(frames: readonly Frame[]): string[] {
  const controls = frames.filter(({ opcode }) => opcode >= 8).map(({ payload }) => payload);
  const messages: string[] = [];
  for (const { opcode, payload } of frames) {
    if (opcode >= 8) continue;
    if (opcode !== 0) messages.push("");
    messages.push((messages.pop() ?? "") + payload);
  }
  return [...controls, ...messages];
}

function mask(text: string): string {
  const masked = [...text];
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
    masked.fill("*", at, at + secret.length);
  }
  return masked.join("");
}

Deno.test("WebSocketRedactor keeps no more than 256 frames that interrupt what may be a credential", () => {
  const begun = encode({ opcode: 1, fin: false, payload: secret.slice(0, 4) });
  for (const frame of [{ opcode: 9, fin: true }, { opcode: 0, fin: false }]) {
    const interruption = encode({ ...frame, payload: "" });
    const times = (count: number) => Array(count).fill(interruption).flat();
    const end = encode({ opcode: 0, fin: true, payload: "" });
    const allowed = [...begun, ...times(255), ...end];
    assert.deepEqual(redact(allowed), allowed);
    assert.throws(() => redact([...begun, ...times(257)]), WireError);
  }
});

Deno.test("WebSocketRedactor passes a message on when it ends, whatever it ends with", () => {
  const frame = encode({ opcode: 1, fin: true, payload: "ababab" });
  assert.deepEqual(redact(frame), frame);
});

const refused: readonly { readonly name: string; readonly octets: readonly number[] }[] = [
  { name: "a masked frame", octets: [0x81, 0x81] },
  { name: "a reserved bit", octets: [0xc1, 0x01] },
  { name: "opcode 3", octets: [0x83, 0x00] },
  { name: "opcode 11", octets: [0x8b, 0x00] },
  { name: "a fragmented control frame", octets: [0x09, 0x00] },
  { name: "a control frame of 126 octets", octets: [0x89, 126, 0, 126] },
  { name: "a continuation of nothing", octets: [0x80, 0x00] },
  { name: "a message inside another", octets: [0x01, 0x00, 0x81, 0x00] },
  { name: "a length of 125 in three octets", octets: [0x81, 126, 0, 125] },
  { name: "a length of 65535 in nine octets", octets: [0x81, 127, 0, 0, 0, 0, 0, 0, 255, 255] },
  { name: "a length over 2^53", octets: [0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0] },
  { name: "text", octets: [...encodeLatin1("HTTP/1.1 200 OK\r\n")] },
];

for (const { name, octets } of refused) {
  Deno.test(`WebSocketRedactor refuses ${name}`, () => {
    assert.throws(() => redact(octets), WireError);
  });
}
