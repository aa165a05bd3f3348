import assert from "node:assert/strict";
import {
  CLIENT_PREFACE,
  MAX_FRAME_OCTETS,
  writeData,
  writeGoAway,
  writeHeaders,
  writePing,
  writePingAck,
  writeReset,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from "../../../src/wire/http2/frames.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { takeFrames } from "../../support/http2_frames.ts";

function hex(write: (out: OctetBuffer) => void): string {
  const out = new OctetBuffer(0);
  write(out);
  return out.view().toHex();
}

/** By RFC 9113 sections 4.1 and 6: length, type, flags, stream, payload. */
const frames: Record<string, [write: (out: OctetBuffer) => void, hex: string]> = {
  "writeData()": [
    (out) => writeData(out, { streamId: 0x01020304, octets: new Uint8Array([5, 6]), end: false }),
    "000002" + "00" + "00" + "01020304" + "0506",
  ],
  "writeData() that ends the stream": [
    (out) => writeData(out, { streamId: 1, octets: new Uint8Array(0), end: true }),
    "000000" + "00" + "01" + "00000001",
  ],
  "writeHeaders()": [
    (out) => writeHeaders(out, { streamId: 3, block: new Uint8Array([0x88]), end: true }),
    "000001" + "01" + "05" + "00000003" + "88",
  ],
  "writeSettings()": [
    (out) => writeSettings(out, [[3, 100], [0x1234, 0xffffffff]]),
    "00000c" + "04" + "00" + "00000000" + "000300000064" + "1234ffffffff",
  ],
  "writeSettingsAck()": [(out) => writeSettingsAck(out), "000000" + "04" + "01" + "00000000"],
  "writePing()": [
    (out) => writePing(out),
    "000008" + "06" + "00" + "00000000" + "0000000000000000",
  ],
  "writePingAck()": [
    (out) => writePingAck(out, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])),
    "000008" + "06" + "01" + "00000000" + "0102030405060708",
  ],
  "writeReset()": [
    (out) => writeReset(out, { streamId: 5, code: 8 }),
    "000004" + "03" + "00" + "00000005" + "00000008",
  ],
  "writeGoAway()": [
    (out) => writeGoAway(out, { lastStreamId: 0x7fffffff, code: 11 }),
    "000008" + "07" + "00" + "00000000" + "7fffffff" + "0000000b",
  ],
  "writeWindowUpdate()": [
    (out) => writeWindowUpdate(out, { streamId: 0, increment: 0x7fffffff }),
    "000004" + "08" + "00" + "00000000" + "7fffffff",
  ],
};

for (const [what, [write, expected]] of Object.entries(frames)) {
  Deno.test(`${what} writes the frame of RFC 9113`, () => assert.equal(hex(write), expected));
}

for (const size of [0, 1, MAX_FRAME_OCTETS, MAX_FRAME_OCTETS + 1, 3 * MAX_FRAME_OCTETS]) {
  Deno.test(`writeHeaders() continues a section of ${size} octets as often as it takes`, () => {
    const block = Uint8Array.from({ length: size }, (_, at) => at % 251);
    const out = new OctetBuffer(0);
    writeHeaders(out, { streamId: 1, block, end: true });
    const { frames, rest } = takeFrames(out.view());
    assert.equal(rest.length, 0);
    assert.equal(frames.length, Math.max(1, Math.ceil(size / MAX_FRAME_OCTETS)));
    assert.deepEqual(
      frames.map(({ type, flags }) => [type, flags]),
      frames.map((_, at) => [
        at === 0 ? "headers" : "continuation",
        (at === 0 ? 0x1 : 0) | (at === frames.length - 1 ? 0x4 : 0),
      ]),
    );
    assert.deepEqual(frames.flatMap(({ payload }) => [...payload]), [...block]);
  });
}

Deno.test("CLIENT_PREFACE is that of RFC 9113 section 3.4", () => {
  const expected = "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a";
  assert.equal(new TextEncoder().encode(CLIENT_PREFACE).toHex(), expected);
});
