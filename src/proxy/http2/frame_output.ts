import { OctetBuffer } from "../../wire/octet_buffer.ts";
import type { ByteStream } from "../byte_stream.ts";

/** Enough waits to be written: what comes next may wait where it is. */
const HIGH_WATER_OCTETS = 64 * 1024;

/** So much waits that the peer cannot be reading what it has asked for. */
const FLOODED_OCTETS = 256 * 1024;

/** Who is told what becomes of what is written. */
export interface OutputListener {
  /** Something has left: there may be room again. */
  onRoom(): void;
  /** Writing has failed, or the peer reads nothing of what it asks for. */
  onFailure(error: Error): void;
}

/**
 * The frames of one connection on their way out. Those that are appended in one turn of the event loop
 * leave in one write, and more are put together while a write is under way.
 */
export class FrameOutput {
  readonly #io: ByteStream;
  readonly #listener: OutputListener;
  #filling = new OctetBuffer(0);
  #leaving = new OctetBuffer(0);
  #writer: Promise<void> | undefined;
  #congestion: PromiseWithResolvers<void> | undefined;
  #ended = false;

  constructor(io: ByteStream, listener: OutputListener) {
    this.#io = io;
    this.#listener = listener;
  }

  /** Where frames are appended; {@linkcode flush} has them sent. */
  get frames(): OctetBuffer {
    return this.#filling;
  }

  /** Whether so much waits that what has no window of its own is to wait where it is. */
  get isCongested(): boolean {
    return !this.#ended && this.#filling.length >= HIGH_WATER_OCTETS;
  }

  /** Resolves when it may be worth to look at {@linkcode isCongested} again. */
  congestionEnd(): Promise<void> {
    return (this.#congestion ??= Promise.withResolvers()).promise;
  }

  /** Sends what has been appended, at the end of this turn. */
  flush(): void {
    if (this.#writer === undefined && !this.#ended) this.#writer = this.#write();
    else if (this.#filling.length > FLOODED_OCTETS) {
      this.#listener.onFailure(new Error("the peer reads no answers"));
    }
  }

  /** Settles when nothing is being written: at once, as `undefined`, if nothing is. */
  get written(): Promise<void> | undefined {
    return this.#writer;
  }

  /** Gives memory back, unless something is being written. */
  trim(): void {
    if (this.#writer !== undefined) return;
    this.#filling.trim();
    this.#leaving.trim();
  }

  /** Sends nothing more but {@linkcode sendLast}; nobody waits for room any more. */
  end(): void {
    this.#ended = true;
    this.#endCongestion();
  }

  /** Sends what has been appended since the end, once the write under way is over. */
  async sendLast(): Promise<void> {
    await this.#writer;
    await this.#io.write(this.#filling.view());
  }

  async #write(): Promise<void> {
    try {
      await undefined;
      while (this.#filling.length > 0) {
        const leaving = this.#filling;
        this.#filling = this.#leaving;
        this.#leaving = leaving;
        this.#endCongestion();
        await this.#io.write(leaving.view());
        leaving.clear();
        this.#listener.onRoom();
      }
      this.#writer = undefined;
    } catch (error) {
      this.#writer = undefined;
      this.#listener.onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #endCongestion(): void {
    this.#congestion?.resolve();
    this.#congestion = undefined;
  }
}
