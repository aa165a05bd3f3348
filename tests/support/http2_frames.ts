/**
 * Frames of HTTP/2 as a test writes and reads them: any octets, whether or not they are in order.
 *
 * @module
 */

import { flags, frameTypes, writeHeaders } from "../../src/wire/http2/frames.ts";
import { HpackEncoder } from "../../src/wire/http2/hpack_encoder.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";

export type FrameType = keyof typeof frameTypes;

/** A frame that has been read; `type` is a number where it has no name. */
export interface Frame {
  readonly type: FrameType | number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** What a frame is made of; what is left out is 0 or empty. */
export interface FrameParts {
  readonly streamId?: number;
  readonly flags?: number;
  readonly payload?: Uint8Array | readonly number[];
  /** The length that the header says, if it is not the payload's. */
  readonly length?: number;
}

/** A field as a line: name and value. */
export type Line = readonly [name: string, value: string];

/** Any frame. */
export function frame(type: FrameType | number, parts: FrameParts = {}): Uint8Array {
  const payload = Uint8Array.from(parts.payload ?? []);
  const { streamId = 0, flags: set = 0, length = payload.length } = parts;
  const code = typeof type === "number" ? type : frameTypes[type];
  return concat([[...uint32(length).slice(1), code, set, ...uint32(streamId)], payload]);
}

/** HEADERS with the lines as its field section, and what it takes of CONTINUATION. */
export function headers(
  streamId: number,
  lines: readonly Line[],
  { end = false, continued = false }: { end?: boolean; continued?: boolean } = {},
): Uint8Array {
  if (continued) {
    return frame("headers", { streamId, flags: end ? flags.end_stream : 0, payload: block(lines) });
  }
  const out = new OctetBuffer(0);
  writeHeaders(out, { streamId, block: block(lines), end });
  return out.view().slice();
}

/** Lines as a header block that changes nothing in its decoder. */
export function block(lines: readonly Line[]): Uint8Array {
  const out = new OctetBuffer(0);
  const encoder = new HpackEncoder();
  for (const [name, value] of lines) encoder.field(out, { name, value, sensitive: true });
  return out.view().slice();
}

export function data(
  streamId: number,
  octets: Uint8Array | string,
  { end = false }: { end?: boolean } = {},
): Uint8Array {
  const payload = typeof octets === "string" ? new TextEncoder().encode(octets) : octets;
  return frame("data", { streamId, flags: end ? flags.end_stream : 0, payload });
}

export function settings(values: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const payload = values.flatMap(([id, value]) => [id >> 8, id & 0xff, ...uint32(value)]);
  return frame("settings", { payload });
}

export function settingsAck(): Uint8Array {
  return frame("settings", { flags: flags.ack });
}

export function reset(streamId: number, code: number): Uint8Array {
  return frame("rst_stream", { streamId, payload: uint32(code) });
}

export function windowUpdate(streamId: number, increment: number): Uint8Array {
  return frame("window_update", { streamId, payload: uint32(increment) });
}

export function goAway(lastStreamId: number, code: number): Uint8Array {
  return frame("goaway", { payload: [...uint32(lastStreamId), ...uint32(code)] });
}

export function ping(payload: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8]): Uint8Array {
  return frame("ping", { payload });
}

export function uint32(value: number): number[] {
  return [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
}

/** The number at `at`, most significant octet first. */
export function readUint32(octets: Uint8Array, at: number): number {
  return new DataView(octets.buffer, octets.byteOffset).getUint32(at);
}

export function concat(pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Takes whole frames off octets; what is left is the beginning of another. */
export function takeFrames(octets: Uint8Array): { frames: Frame[]; rest: Uint8Array } {
  const frames: Frame[] = [];
  let rest = octets;
  while (rest.length >= 9) {
    const length = readUint32(rest, 0) >>> 8;
    if (rest.length < 9 + length) break;
    frames.push({
      type: typeNames.get(rest[3] ?? 0) ?? rest[3] ?? 0,
      flags: rest[4] ?? 0,
      streamId: readUint32(rest, 5) & 0x7fffffff,
      payload: rest.slice(9, 9 + length),
    });
    rest = rest.subarray(9 + length);
  }
  return { frames, rest: rest.slice() };
}

const typeNames = new Map(
  Object.entries(frameTypes).map(([name, code]) => [code as number, name as FrameType]),
);
