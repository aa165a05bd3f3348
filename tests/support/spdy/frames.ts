/**
 * Frames of SPDY/3.1 (SPDY Protocol, Draft 3.1, section 2.2): a reader of the tests' own, so that a
 * mistake made in src/wire is not made here again.
 *
 * @module
 */

import type { HttpReader } from "../http_reader.ts";

/** Types of control frames (section 2.6). */
export const controlTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export type SpdyFrame =
  | {
    readonly kind: "data";
    readonly stream: number;
    readonly fin: boolean;
    readonly payload: Uint8Array;
  }
  | {
    readonly kind: "control";
    readonly type: number;
    readonly fin: boolean;
    readonly payload: Uint8Array;
  };

const FIN = 0x01;

/** The next frame, or undefined where the connection ends before one. */
export async function readSpdyFrame(reader: HttpReader): Promise<SpdyFrame | undefined> {
  const first = await reader.readSome(1);
  if (first === undefined) return undefined;
  const header = Uint8Array.from([...first, ...await reader.readExactly(7)]);
  const view = new DataView(header.buffer);
  const payload = await reader.readExactly(view.getUint32(4) & 0xff_ffff);
  const fin = (view.getUint8(4) & FIN) !== 0;
  if ((view.getUint8(0) & 0x80) === 0) {
    return { kind: "data", stream: view.getUint32(0), fin, payload };
  }
  const version = view.getUint16(0) & 0x7fff;
  if (version !== 3) throw new Error(`A control frame of SPDY/${version}`);
  return { kind: "control", type: view.getUint16(2), fin, payload };
}

/** A frame's octets. */
export function encodeSpdyFrame(frame: SpdyFrame): Uint8Array {
  const { payload, fin } = frame;
  const octets = new Uint8Array(8 + payload.length);
  const view = new DataView(octets.buffer);
  if (frame.kind === "data") view.setUint32(0, frame.stream);
  else view.setUint32(0, 0x8003_0000 + frame.type);
  view.setUint32(4, (fin ? FIN : 0) * 0x100_0000 + payload.length);
  octets.set(payload, 8);
  return octets;
}
