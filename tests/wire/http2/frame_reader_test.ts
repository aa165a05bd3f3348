/**
 * The contract: frames are read the same in whatever pieces they arrive, and what is none ends the
 * connection with the code that RFC 9113 names (sections 3.4, 4, 5.1 and 6).
 */

import assert from "node:assert/strict";
import { FrameReader } from "../../../src/wire/http2/frame_reader.ts";
import { flags } from "../../../src/wire/http2/frames.ts";
import { ConnectionError, errorCodes } from "../../../src/wire/http2/http2_error.ts";
import {
  block,
  concat,
  data,
  frame,
  goAway,
  headers,
  type Line,
  ping,
  reset,
  settings,
  settingsAck,
  uint32,
  windowUpdate,
} from "../../support/http2_frames.ts";
import { RecordingHandler } from "../../support/recording_handler.ts";

const hello = settings([[3, 100], [0xabcd, 0xffffffff]]);
const lines: readonly Line[] = [[":status", "200"], ["x", "y".repeat(50)]];

/** What the reader says of these octets, which come in pieces of `size`. */
function read(octets: Uint8Array, size = octets.length): string[] {
  const handler = new RecordingHandler();
  const reader = new FrameReader(handler, { maxSectionOctets: 100_000 });
  for (let at = 0; at < octets.length; at += size) reader.push(octets.subarray(at, at + size));
  return handler.calls;
}

function split(streamId: number, pieces: number, { end }: { end: boolean }): Uint8Array[] {
  const octets = block(lines);
  const size = Math.ceil(octets.length / pieces);
  return Array.from({ length: pieces }, (_, at) => {
    const last = at === pieces - 1 ? flags.end_headers : 0;
    const set = last | (at === 0 && end ? flags.end_stream : 0);
    const payload = octets.subarray(at * size, (at + 1) * size);
    return frame(at === 0 ? "headers" : "continuation", { streamId, flags: set, payload });
  });
}

const conversation = concat([
  hello,
  settingsAck(),
  headers(1, lines, { end: true }),
  ...split(3, 4, { end: false }),
  data(3, "hello"),
  frame("data", { streamId: 3, flags: flags.padded, payload: [3, 104, 105, 0, 0, 0] }),
  frame("data", { streamId: 3, flags: flags.padded, payload: [0] }),
  data(3, "", { end: true }),
  frame("headers", {
    streamId: 5,
    flags: flags.padded | flags.priority | flags.end_headers,
    payload: [2, 0, 0, 0, 0, 1, ...block(lines), 0, 0],
  }),
  ping(),
  frame("ping", { flags: flags.ack, payload: Array(8) }),
  frame("priority", { streamId: 7, payload: [0, 0, 0, 0, 1] }),
  reset(5, errorCodes.cancel),
  windowUpdate(0, 1),
  windowUpdate(3, 0x7fffffff),
  frame(0xaa, { streamId: 9, flags: 0xff, payload: [1, 2, 3] }),
  goAway(5, errorCodes.no_error),
]);

Deno.test("FrameReader calls once for each frame, and with the whole of a field section", () => {
  const section = block(lines).toHex();
  assert.deepEqual(read(conversation), [
    "setting 3 100",
    "setting 43981 4294967295",
    "settings end",
    "settings acknowledged",
    `headers 1 ${section} end`,
    `headers 3 ${section}`,
    "data start 3 5 0",
    "data 3 68656c6c6f",
    "data start 3 6 4",
    "data 3 6869",
    "data start 3 1 1",
    "data 3 ",
    "data start 3 0 0",
    "data 3  end",
    `headers 5 ${section}`,
    "ping 0102030405060708",
    "idle talk",
    "idle talk",
    "reset 5 8",
    "window update 0 1",
    "window update 3 2147483647",
    "idle talk",
    "goaway 5 0",
  ]);
});

for (const size of [1, 2, 3, 7, 8, 9, 10, 13, 17, 64]) {
  Deno.test(`FrameReader reads the same in pieces of ${size}`, () => {
    assert.deepEqual(read(conversation, size), read(conversation));
  });
}

Deno.test("FrameReader ignores the reserved bit of a stream's number (RFC 9113 section 4.1)", () => {
  const reserved = frame("window_update", { streamId: 0x80000003, payload: uint32(0x80000005) });
  assert.deepEqual(read(concat([settings([]), reserved])), ["settings end", "window update 3 5"]);
});

Deno.test("FrameReader takes a frame of 16,384 octets, in DATA and elsewhere", () => {
  const payload = new Uint8Array(16_384);
  assert.doesNotThrow(() =>
    read(concat([hello, frame("data", { streamId: 1, payload }), frame(0xaa, { payload })]))
  );
});

const open = headers(1, lines, { continued: true });

/** What ends the connection, after SETTINGS unless it says otherwise. */
const errors: Record<string, { octets: Uint8Array; code: keyof typeof errorCodes }> = {
  "a frame beyond 16,384 octets": {
    octets: frame("headers", { streamId: 1, length: 16_385 }),
    code: "frame_size_error",
  },
  "DATA beyond 16,384 octets": {
    octets: frame("data", { streamId: 1, length: 16_385 }),
    code: "frame_size_error",
  },
  "an unknown frame beyond 16,384 octets": {
    octets: frame(0xaa, { length: 0xffffff }),
    code: "frame_size_error",
  },
  "DATA on stream 0": { octets: data(0, "x"), code: "protocol_error" },
  "HEADERS on stream 0": { octets: headers(0, lines), code: "protocol_error" },
  "PRIORITY on stream 0": {
    octets: frame("priority", { payload: [0, 0, 0, 0, 0] }),
    code: "protocol_error",
  },
  "PRIORITY of four octets": {
    octets: frame("priority", { streamId: 1, payload: [0, 0, 0, 0] }),
    code: "frame_size_error",
  },
  "RST_STREAM on stream 0": { octets: reset(0, 0), code: "protocol_error" },
  "RST_STREAM of three octets": {
    octets: frame("rst_stream", { streamId: 1, payload: [0, 0, 0] }),
    code: "frame_size_error",
  },
  "RST_STREAM of five octets": {
    octets: frame("rst_stream", { streamId: 1, payload: Array(5) }),
    code: "frame_size_error",
  },
  "SETTINGS on a stream": {
    octets: frame("settings", { streamId: 1 }),
    code: "protocol_error",
  },
  "SETTINGS of five octets": {
    octets: frame("settings", { payload: Array(5) }),
    code: "frame_size_error",
  },
  "an acknowledgement with values": {
    octets: frame("settings", { flags: flags.ack, payload: Array(6) }),
    code: "frame_size_error",
  },
  "PUSH_PROMISE": {
    octets: frame("push_promise", { streamId: 1, flags: flags.end_headers, payload: uint32(2) }),
    code: "protocol_error",
  },
  "PING on a stream": {
    octets: frame("ping", { streamId: 1, payload: Array(8) }),
    code: "protocol_error",
  },
  "PING of seven octets": {
    octets: frame("ping", { payload: Array(7) }),
    code: "frame_size_error",
  },
  "GOAWAY on a stream": {
    octets: frame("goaway", { streamId: 1, payload: Array(8) }),
    code: "protocol_error",
  },
  "GOAWAY of seven octets": {
    octets: frame("goaway", { payload: Array(7) }),
    code: "frame_size_error",
  },
  "WINDOW_UPDATE of three octets": {
    octets: frame("window_update", { payload: Array(3) }),
    code: "frame_size_error",
  },
  "CONTINUATION after nothing": {
    octets: frame("continuation", { streamId: 1 }),
    code: "protocol_error",
  },
  "CONTINUATION after a section's end": {
    octets: concat([headers(1, lines), frame("continuation", { streamId: 1 })]),
    code: "protocol_error",
  },
  "CONTINUATION on another stream": {
    octets: concat([open, frame("continuation", { streamId: 3, flags: flags.end_headers })]),
    code: "protocol_error",
  },
  "DATA in a field section": {
    octets: concat([open, data(1, "x")]),
    code: "protocol_error",
  },
  "HEADERS in a field section": {
    octets: concat([open, headers(1, lines)]),
    code: "protocol_error",
  },
  "an unknown frame in a field section": {
    octets: concat([open, frame(0xaa)]),
    code: "protocol_error",
  },
  "a section in more frames than any sender needs": {
    octets: concat([open, ...Array(70).fill(frame("continuation", { streamId: 1 }))]),
    code: "enhance_your_calm",
  },
  "a section of more octets than there may be": {
    octets: concat([
      open,
      ...Array(7).fill(frame("continuation", { streamId: 1, payload: new Uint8Array(16_384) })),
    ]),
    code: "enhance_your_calm",
  },
  "DATA with more padding than payload": {
    octets: frame("data", { streamId: 1, flags: flags.padded, payload: [2, 0] }),
    code: "protocol_error",
  },
  "DATA without room for its padding's length": {
    octets: frame("data", { streamId: 1, flags: flags.padded }),
    code: "frame_size_error",
  },
  "HEADERS with more padding than payload": {
    octets: frame("headers", {
      streamId: 1,
      flags: flags.padded | flags.end_headers,
      payload: [2, 0x88],
    }),
    code: "protocol_error",
  },
  "HEADERS whose padding reaches into the priority": {
    octets: frame("headers", {
      streamId: 1,
      flags: flags.padded | flags.priority | flags.end_headers,
      payload: [1, 0, 0, 0, 0, 0],
    }),
    code: "protocol_error",
  },
  "HEADERS without room for the priority": {
    octets: frame("headers", {
      streamId: 1,
      flags: flags.priority | flags.end_headers,
      payload: [0, 0, 0, 0],
    }),
    code: "frame_size_error",
  },
  "HEADERS without room for the padding's length": {
    octets: frame("headers", { streamId: 1, flags: flags.padded | flags.end_headers }),
    code: "frame_size_error",
  },
};

function codeOf(octets: Uint8Array, size: number): number | undefined {
  try {
    read(octets, size);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConnectionError, String(error));
    return error.code;
  }
}

for (const [what, { octets, code }] of Object.entries(errors)) {
  Deno.test(`FrameReader ends the connection with ${code.toUpperCase()} at ${what}`, () => {
    const all = concat([settings([]), octets]);
    for (const size of [all.length, 1]) assert.equal(codeOf(all, size), errorCodes[code]);
  });
}

for (const first of [settingsAck(), ping(), headers(1, lines), data(1, "x"), windowUpdate(0, 1)]) {
  Deno.test(`FrameReader takes no frame of type ${first[3]} before SETTINGS (RFC 9113 section 3.4)`, () => {
    assert.equal(codeOf(first, first.length), errorCodes.protocol_error);
  });
}

Deno.test("FrameReader says while the rest of a field section is owed", () => {
  const reader = new FrameReader(new RecordingHandler(), { maxSectionOctets: 1000 });
  reader.push(settings([]));
  assert.equal(reader.isInSection, false);
  reader.push(open);
  assert.equal(reader.isInSection, true);
  reader.push(frame("continuation", { streamId: 1, flags: flags.end_headers }));
  assert.equal(reader.isInSection, false);
});
