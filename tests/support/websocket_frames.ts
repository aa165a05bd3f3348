/**
 * Frames of RFC 6455, unfragmented and of at most 65,535 bytes: what tests send.
 *
 * @module
 */

import type { HttpReader } from "./http_reader.ts";
import { type ByteSink, writeAll } from "./write_all.ts";

const opcodes = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

export type Opcode = keyof typeof opcodes;

export interface Frame {
  readonly opcode: Opcode;
  readonly payload: Uint8Array;
  readonly masked: boolean;
}

/** `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455 section 4.2.2). */
export async function acceptKey(key: string): Promise<string> {
  const text = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64();
}

/** Reads one frame and takes its mask off (RFC 6455 section 5.2). */
export async function readFrame(reader: HttpReader): Promise<Frame> {
  const [first = 0, second = 0] = await reader.readExactly(2);
  const opcode = (Object.keys(opcodes) as Opcode[]).find((name) => opcodes[name] === (first & 0xf));
  if (opcode === undefined || (first & 0x80) === 0) {
    throw new Error(`No frame starts with ${first}`);
  }
  let length = second & 0x7f;
  if (length === 126) {
    const [high = 0, low = 0] = await reader.readExactly(2);
    length = high * 256 + low;
  } else if (length === 127) {
    throw new Error("The frame is too long for this reader");
  }
  const masked = (second & 0x80) !== 0;
  const mask = masked ? await reader.readExactly(4) : undefined;
  const payload = await reader.readExactly(length);
  return { opcode, payload: mask === undefined ? payload : applyMask(payload, mask), masked };
}

/** Writes one frame; with `mask` (four bytes) as a client must, without it as a server must. */
export async function writeFrame(
  sink: ByteSink,
  frame: { opcode: Opcode; payload: Uint8Array; mask?: Uint8Array },
): Promise<void> {
  const { payload, mask } = frame;
  const extended = payload.length > 125 ? [payload.length >> 8, payload.length & 0xff] : [];
  const short = extended.length > 0 ? 126 : payload.length;
  await writeAll(
    sink,
    Uint8Array.from([
      0x80 | opcodes[frame.opcode],
      mask === undefined ? short : short | 0x80,
      ...extended,
      ...mask ?? [],
      ...mask === undefined ? payload : applyMask(payload, mask),
    ]),
  );
}

function applyMask(payload: Uint8Array, mask: Uint8Array): Uint8Array {
  return payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
}
