import {
  flags,
  FRAME_HEADER_OCTETS,
  frameTypes,
  MAX_FRAME_OCTETS,
  SETTING_OCTETS,
} from "./frames.ts";
import { ConnectionError } from "./http2_error.ts";

/** What frames say, one call each. Octets are valid during the call. */
export interface FrameHandler {
  /**
   * Says how much of a window a DATA frame takes, and how much of that is padding: once, before its
   * octets.
   */
  onDataStart(streamId: number, flowOctets: number, paddingOctets: number): void;
  /** A part of a DATA frame, the last with its END_STREAM; an empty frame is one empty part. */
  onData(streamId: number, octets: Uint8Array, end: boolean): void;
  /** A whole field section. */
  onHeaders(streamId: number, block: Uint8Array, end: boolean): void;
  onReset(streamId: number, code: number): void;
  onSetting(id: number, value: number): void;
  /** After the last setting of a SETTINGS frame. */
  onSettingsEnd(): void;
  onSettingsAcknowledged(): void;
  onPing(payload: Uint8Array): void;
  onGoAway(lastStreamId: number, code: number): void;
  onWindowUpdate(streamId: number, increment: number): void;
  /** What asks for nothing: PRIORITY, an answered PING, types that nobody knows. */
  onIdleTalk(): void;
}

interface FrameHeader {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/** A field section that is still arriving. */
interface OpenSection {
  readonly streamId: number;
  readonly end: boolean;
  readonly pieces: Uint8Array[];
  length: number;
}

/**
 * Takes the frames off what a peer of HTTP/2 sends, whatever pieces it arrives in.
 *
 * The payload of DATA is handed on as it comes, every other frame as a whole, and a field section with
 * all its CONTINUATION frames (RFC 9113 section 4.3).
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #maxSectionOctets: number;
  #awaitsSettings = true;
  /** A frame's header, or a whole frame, of which a part has come. */
  #partial = noOctets;
  #section: OpenSection | undefined;
  /** Of the DATA frame that is arriving: octets of data, then octets of padding, still to come. */
  #dataStream = 0;
  #dataEnds = false;
  #dataLeft = 0;
  #paddingLeft = 0;

  /** @param options `maxSectionOctets` is the most that a compressed field section may have. */
  constructor(handler: FrameHandler, { maxSectionOctets }: { maxSectionOctets: number }) {
    this.#handler = handler;
    this.#maxSectionOctets = maxSectionOctets;
  }

  /** Whether a field section has begun and not ended: the peer owes the rest. */
  get isInSection(): boolean {
    return this.#section !== undefined;
  }

  /**
   * Reads what has arrived.
   *
   * @throws {ConnectionError} where the frames are malformed, and what the handler throws.
   */
  push(arrived: Uint8Array): void {
    let bytes = arrived;
    if (this.#partial.length > 0) {
      bytes = new Uint8Array(this.#partial.length + arrived.length);
      bytes.set(this.#partial);
      bytes.set(arrived, this.#partial.length);
      this.#partial = noOctets;
    }
    let at = 0;
    while (at < bytes.length) {
      if (this.#dataLeft + this.#paddingLeft > 0) {
        at = this.#passData(bytes, at);
        continue;
      }
      const taken = this.#readFrame(bytes, at);
      if (taken === 0) {
        this.#partial = bytes.slice(at);
        return;
      }
      at += taken;
    }
  }

  /** Reads the frame at `at`, of DATA the header alone. 0 if not enough of it has come. */
  #readFrame(bytes: Uint8Array, at: number): number {
    if (bytes.length - at < FRAME_HEADER_OCTETS) return 0;
    const frame: FrameHeader = {
      length: uint32(bytes, at) >>> 8,
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: uint32(bytes, at + 5) & 0x7fffffff,
    };
    this.#checkOrder(frame);
    if (frame.length > MAX_FRAME_OCTETS) {
      throw new ConnectionError("frame_size_error", `a frame of ${frame.length} octets`);
    }
    const start = at + FRAME_HEADER_OCTETS;
    if (frame.type === frameTypes.data) {
      const lengthOctets = (frame.flags & flags.padded) === 0 ? 0 : 1;
      demandSize(frame.length >= lengthOctets, "padded DATA");
      if (bytes.length - start < lengthOctets) return 0;
      this.#startData(frame, bytes[start]);
      return FRAME_HEADER_OCTETS + lengthOctets;
    }
    if (bytes.length - start < frame.length) return 0;
    this.#handle(frame, bytes.subarray(start, start + frame.length));
    return FRAME_HEADER_OCTETS + frame.length;
  }

  #checkOrder({ type, flags: set, streamId }: FrameHeader): void {
    // RFC 9113 section 3.4: SETTINGS is the first frame of either side.
    if (this.#awaitsSettings && (type !== frameTypes.settings || (set & flags.ack) !== 0)) {
      throw new ConnectionError("protocol_error", "the first frame is not SETTINGS");
    }
    this.#awaitsSettings = false;
    const section = this.#section;
    const continues = type === frameTypes.continuation;
    if (section === undefined ? continues : !continues || section.streamId !== streamId) {
      throw new ConnectionError("protocol_error", "a field section that is not continued in order");
    }
  }

  #startData({ length, flags: set, streamId }: FrameHeader, padding = 0): void {
    if (streamId === 0) throw new ConnectionError("protocol_error", "DATA on stream 0");
    const padded = (set & flags.padded) !== 0;
    if (padded && padding >= length) {
      throw new ConnectionError("protocol_error", "more padding than payload");
    }
    this.#dataStream = streamId;
    this.#dataEnds = (set & flags.end_stream) !== 0;
    this.#paddingLeft = padded ? padding : 0;
    this.#dataLeft = padded ? length - 1 - padding : length;
    this.#handler.onDataStart(streamId, length, length - this.#dataLeft);
    if (this.#dataLeft === 0) this.#handler.onData(streamId, noOctets, this.#dataEnds);
  }

  /** @returns Where it stopped. */
  #passData(bytes: Uint8Array, at: number): number {
    if (this.#dataLeft > 0) {
      const piece = bytes.subarray(at, at + this.#dataLeft);
      this.#dataLeft -= piece.length;
      const isLast = this.#dataLeft === 0;
      this.#handler.onData(this.#dataStream, piece, isLast && this.#dataEnds);
      return at + piece.length;
    }
    const skipped = Math.min(this.#paddingLeft, bytes.length - at);
    this.#paddingLeft -= skipped;
    return at + skipped;
  }

  #handle(frame: FrameHeader, payload: Uint8Array): void {
    const handler = this.#handler;
    const { type, streamId } = frame;
    const isAck = (frame.flags & flags.ack) !== 0;
    switch (type) {
      case frameTypes.headers:
        return this.#startSection(frame, payload);
      case frameTypes.continuation:
        return this.#continueSection(frame, payload);
      case frameTypes.rst_stream:
        demand(streamId !== 0, "RST_STREAM on stream 0");
        demandSize(payload.length === 4, "RST_STREAM");
        return handler.onReset(streamId, uint32(payload, 0));
      case frameTypes.settings:
        demand(streamId === 0, "SETTINGS on a stream");
        demandSize(payload.length % SETTING_OCTETS === 0, "SETTINGS");
        demandSize(!isAck || payload.length === 0, "an acknowledgement of SETTINGS");
        return isAck ? handler.onSettingsAcknowledged() : this.#readSettings(payload);
      case frameTypes.push_promise:
        // Nobody whom we speak to may push: no client, and no server that has our settings.
        throw new ConnectionError("protocol_error", "PUSH_PROMISE");
      case frameTypes.ping:
        demand(streamId === 0, "PING on a stream");
        demandSize(payload.length === 8, "PING");
        return isAck ? handler.onIdleTalk() : handler.onPing(payload);
      case frameTypes.goaway:
        demand(streamId === 0, "GOAWAY on a stream");
        demandSize(payload.length >= 8, "GOAWAY");
        return handler.onGoAway(uint32(payload, 0) & 0x7fffffff, uint32(payload, 4));
      case frameTypes.window_update:
        demandSize(payload.length === 4, "WINDOW_UPDATE");
        return handler.onWindowUpdate(streamId, uint32(payload, 0) & 0x7fffffff);
      case frameTypes.priority:
        demand(streamId !== 0, "PRIORITY on stream 0");
        demandSize(payload.length === 5, "PRIORITY");
        return handler.onIdleTalk();
      default:
        return handler.onIdleTalk();
    }
  }

  #readSettings(payload: Uint8Array): void {
    for (let at = 0; at < payload.length; at += SETTING_OCTETS) {
      this.#handler.onSetting(uint32(payload, at) >>> 16, uint32(payload, at + 2));
    }
    this.#handler.onSettingsEnd();
  }

  #startSection(frame: FrameHeader, payload: Uint8Array): void {
    const { streamId, flags: set } = frame;
    demand(streamId !== 0, "HEADERS on stream 0");
    const padded = (set & flags.padded) !== 0;
    const start = (padded ? 1 : 0) + ((set & flags.priority) === 0 ? 0 : PRIORITY_OCTETS);
    // RFC 9113 section 4.2: it is too small for what it must contain.
    demandSize(payload.length >= start, "HEADERS");
    const stop = payload.length - (padded ? payload[0] ?? 0 : 0);
    demand(start <= stop, "HEADERS shorter than its padding and priority");
    this.#section = {
      streamId,
      end: (set & flags.end_stream) !== 0,
      pieces: [],
      length: 0,
    };
    this.#continueSection(frame, payload.subarray(start, stop));
  }

  #continueSection({ flags: set }: FrameHeader, piece: Uint8Array): void {
    const section = this.#section;
    if (section === undefined) return;
    const { streamId, end, pieces } = section;
    section.length += piece.length;
    if (section.length > this.#maxSectionOctets || pieces.length === MAX_SECTION_FRAMES) {
      throw new ConnectionError("enhance_your_calm", "a field section beyond all limits");
    }
    if ((set & flags.end_headers) === 0) {
      pieces.push(piece.slice());
      return;
    }
    this.#section = undefined;
    const block = pieces.length === 0 ? piece : join([...pieces, piece], section.length);
    this.#handler.onHeaders(streamId, block, end);
  }
}

/** A section in more frames than this is meant to cost us. */
const MAX_SECTION_FRAMES = 64;

/** Stream dependency and weight in a HEADERS frame, which we do not look at (section 5.3.2). */
const PRIORITY_OCTETS = 5;

const noOctets = new Uint8Array(0);

function demand(holds: boolean, what: string): void {
  if (!holds) throw new ConnectionError("protocol_error", what);
}

function demandSize(holds: boolean, what: string): void {
  if (!holds) throw new ConnectionError("frame_size_error", `the size of ${what}`);
}

function uint32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
  return (high << 16 | (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0)) >>> 0;
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
