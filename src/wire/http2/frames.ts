/**
 * How the frames of HTTP/2 are written (RFC 9113 sections 4.1 and 6).
 *
 * @module
 */
import type { OctetBuffer } from "../octet_buffer.ts";

export const frameTypes = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rst_stream: 0x3,
  settings: 0x4,
  push_promise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  window_update: 0x8,
  continuation: 0x9,
} as const;

export const flags = {
  ack: 0x1,
  end_stream: 0x1,
  end_headers: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

/** Settings of RFC 9113 section 6.5.2. */
export const settings = {
  header_table_size: 0x1,
  enable_push: 0x2,
  max_concurrent_streams: 0x3,
  initial_window_size: 0x4,
  max_frame_size: 0x5,
  max_header_list_size: 0x6,
} as const;

/** What a client says first (RFC 9113 section 3.4). */
export const CLIENT_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Octets of every frame's header. */
export const FRAME_HEADER_OCTETS = 9;

/** The payload that every peer takes, in octets, and the most that we ever take or send. */
export const MAX_FRAME_OCTETS = 16_384;

/** The window that every stream and connection starts with, in octets (RFC 9113 section 6.9.2). */
export const DEFAULT_WINDOW = 65_535;

/** The most that a window may hold, in octets (RFC 9113 section 6.9.1). */
export const MAX_WINDOW = 2 ** 31 - 1;

/** Appends a frame's header. */
export function writeFrameHeader(
  out: OctetBuffer,
  frame: { length: number; type: number; flags: number; streamId: number },
): void {
  writeUint24(out, frame.length);
  out.octet(frame.type);
  out.octet(frame.flags);
  writeUint32(out, frame.streamId);
}

/** Appends a DATA frame of at most {@linkcode MAX_FRAME_OCTETS} octets. */
export function writeData(
  out: OctetBuffer,
  { streamId, octets, end }: { streamId: number; octets: Uint8Array; end: boolean },
): void {
  writeFrameHeader(out, {
    length: octets.length,
    type: frameTypes.data,
    flags: end ? flags.end_stream : 0,
    streamId,
  });
  out.bytes(octets);
}

/** Appends a field section, as HEADERS and as many CONTINUATION frames as it takes. */
export function writeHeaders(
  out: OctetBuffer,
  { streamId, block, end }: { streamId: number; block: Uint8Array; end: boolean },
): void {
  let at = 0;
  do {
    const piece = block.subarray(at, at + MAX_FRAME_OCTETS);
    const isLast = at + piece.length === block.length;
    writeFrameHeader(out, {
      length: piece.length,
      type: at === 0 ? frameTypes.headers : frameTypes.continuation,
      flags: (at === 0 && end ? flags.end_stream : 0) | (isLast ? flags.end_headers : 0),
      streamId,
    });
    out.bytes(piece);
    at += piece.length;
  } while (at < block.length);
}

/** Appends SETTINGS with these values. */
export function writeSettings(
  out: OctetBuffer,
  values: readonly (readonly [id: number, value: number])[],
): void {
  const length = values.length * SETTING_OCTETS;
  writeFrameHeader(out, { length, type: frameTypes.settings, flags: 0, streamId: 0 });
  for (const [id, value] of values) {
    out.octet(id >> 8);
    out.octet(id & 0xff);
    writeUint32(out, value);
  }
}

/** Octets of one setting. */
export const SETTING_OCTETS = 6;

export function writeSettingsAck(out: OctetBuffer): void {
  writeFrameHeader(out, { length: 0, type: frameTypes.settings, flags: flags.ack, streamId: 0 });
}

/** Appends a PING that asks for an answer. */
export function writePing(out: OctetBuffer): void {
  writeFrameHeader(out, { length: PING_OCTETS, type: frameTypes.ping, flags: 0, streamId: 0 });
  for (let at = 0; at < PING_OCTETS; at++) out.octet(0);
}

/** Octets of a PING's payload. */
const PING_OCTETS = 8;

/** Appends the answer to a PING. */
export function writePingAck(out: OctetBuffer, payload: Uint8Array): void {
  const { length } = payload;
  writeFrameHeader(out, { length, type: frameTypes.ping, flags: flags.ack, streamId: 0 });
  out.bytes(payload);
}

export function writeReset(
  out: OctetBuffer,
  { streamId, code }: { streamId: number; code: number },
): void {
  writeFrameHeader(out, { length: 4, type: frameTypes.rst_stream, flags: 0, streamId });
  writeUint32(out, code);
}

/** Appends GOAWAY, without debug data. */
export function writeGoAway(
  out: OctetBuffer,
  { lastStreamId, code }: { lastStreamId: number; code: number },
): void {
  writeFrameHeader(out, { length: 8, type: frameTypes.goaway, flags: 0, streamId: 0 });
  writeUint32(out, lastStreamId);
  writeUint32(out, code);
}

/** Appends WINDOW_UPDATE; stream 0 is the connection. */
export function writeWindowUpdate(
  out: OctetBuffer,
  { streamId, increment }: { streamId: number; increment: number },
): void {
  writeFrameHeader(out, { length: 4, type: frameTypes.window_update, flags: 0, streamId });
  writeUint32(out, increment);
}

function writeUint24(out: OctetBuffer, value: number): void {
  out.octet(value >> 16 & 0xff);
  out.octet(value >> 8 & 0xff);
  out.octet(value & 0xff);
}

function writeUint32(out: OctetBuffer, value: number): void {
  out.octet(value >>> 24);
  writeUint24(out, value);
}
