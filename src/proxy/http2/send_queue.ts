import {
  DEFAULT_WINDOW,
  MAX_FRAME_OCTETS,
  MAX_WINDOW,
  writeData,
} from "../../wire/http2/frames.ts";
import { ConnectionError, errorCodes, StreamError } from "../../wire/http2/http2_error.ts";
import type { OctetBuffer } from "../../wire/octet_buffer.ts";

/** Content that waits for a window or for the connection. */
interface Parcel {
  readonly octets: Uint8Array;
  readonly end: boolean;
  sent: number;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** One stream's sending side. */
export interface Sender {
  readonly id: number;
  /** How many octets the peer still takes on this stream; may be below 0 (RFC 9113 section 6.9.2). */
  sendWindow: number;
  parcel: Parcel | undefined;
}

/**
 * The DATA of all streams of one connection on its way out: as much as the windows let through, a frame
 * of each stream by turns, so that no stream waits for another that is stalled.
 */
export class SendQueue {
  /** What the peer still takes on the connection, in octets. */
  #window = DEFAULT_WINDOW;
  /** Senders with a parcel and room in their own window, next one first. */
  readonly #ready = new Set<Sender>();
  /** See {@linkcode takeReturn}. */
  #returns = 0;
  readonly #room: () => OctetBuffer | undefined;
  readonly #onWrite: (moved: number) => void;

  /**
   * @param options `room` gives where frames go, or nothing while enough waits there; `onWrite` is told
   *   that frames have gone there, and how many of them no window has made smaller.
   */
  constructor(
    { room, onWrite }: { room: () => OctetBuffer | undefined; onWrite: (moved: number) => void },
  ) {
    this.#room = room;
    this.#onWrite = onWrite;
  }

  /**
   * Sends content of one stream; no more may be given before that is done.
   *
   * @returns Resolves when the octets are no longer needed.
   * @throws {Error} what {@linkcode drop} was given.
   */
  send(sender: Sender, { octets, end }: { octets: Uint8Array; end: boolean }): Promise<void> {
    const { promise, resolve: done, reject: failed } = Promise.withResolvers<void>();
    sender.parcel = { octets, end, sent: 0, done, failed };
    this.#enqueue(sender);
    this.pump();
    return promise;
  }

  /** Writes what there is room for. */
  pump(): void {
    let out = this.#room();
    let wrote = false;
    let moved = 0;
    while (out !== undefined) {
      const sender = this.#next();
      if (sender === undefined) break;
      if (this.#writeFrame(sender, out)) moved++;
      wrote = true;
      out = this.#room();
    }
    if (wrote) this.#onWrite(moved);
  }

  /**
   * Whether the peer has been sent something small that it may open a window for, by as little: what the
   * stream had to send, not what its window let through.
   */
  takeReturn(): boolean {
    if (this.#returns === 0) return false;
    this.#returns--;
    return true;
  }

  /** @throws {ConnectionError} if the peer opens the window beyond what there is. */
  openConnection(increment: number): void {
    this.#window += increment;
    if (this.#window > MAX_WINDOW) {
      throw new ConnectionError("flow_control_error", "a connection window beyond 2^31 - 1");
    }
    this.pump();
  }

  /** @throws {StreamError} likewise, for one stream. */
  openStream(sender: Sender, increment: number): void {
    sender.sendWindow += increment;
    if (sender.sendWindow > MAX_WINDOW) {
      throw new StreamError(errorCodes.flow_control_error, "a stream window beyond 2^31 - 1");
    }
    this.#enqueue(sender);
    this.pump();
  }

  /** Sends nothing more of a stream; what it waits for fails, for the reason that is then made up. */
  drop(sender: Sender, reason: () => Error): void {
    const { parcel } = sender;
    if (parcel === undefined) return;
    this.#ready.delete(sender);
    sender.parcel = undefined;
    parcel.failed(reason());
  }

  #enqueue(sender: Sender): void {
    if (sender.parcel !== undefined && canSend(sender)) this.#ready.add(sender);
  }

  #next(): Sender | undefined {
    for (const sender of this.#ready) {
      if (!canSend(sender)) this.#ready.delete(sender);
      else if (this.#window > 0 || isEmpty(sender)) return sender;
    }
    return undefined;
  }

  /** @returns Whether it is all that the stream had to send, or all that a frame takes. */
  #writeFrame(sender: Sender, out: OctetBuffer): boolean {
    const { parcel } = sender;
    if (parcel === undefined) return false;
    const { octets, sent } = parcel;
    const size = isEmpty(sender)
      ? 0
      : Math.min(octets.length - sent, sender.sendWindow, this.#window, MAX_FRAME_OCTETS);
    const isLast = sent + size === octets.length;
    writeData(out, {
      streamId: sender.id,
      octets: octets.subarray(sent, sent + size),
      end: isLast && parcel.end,
    });
    sender.sendWindow -= size;
    this.#window -= size;
    parcel.sent += size;
    // To the end of the queue, or out of it.
    this.#ready.delete(sender);
    if (!isLast) {
      this.#enqueue(sender);
      return size === MAX_FRAME_OCTETS;
    }
    sender.parcel = undefined;
    if (parcel.sent === size) this.#returns = Math.min(this.#returns + WINDOWS, MOST_RETURNS);
    parcel.done();
    return size > 0;
  }
}

/** A frame takes of two windows: its stream's and the connection's. */
const WINDOWS = 2;
const MOST_RETURNS = 4000;

function isEmpty({ parcel }: Sender): boolean {
  return parcel?.octets.length === 0;
}

function canSend(sender: Sender): boolean {
  return sender.sendWindow > 0 || isEmpty(sender);
}
