import { errorCodes, StreamError } from "../../wire/http2/http2_error.ts";

/** Octets by which windows of one process may be larger than they start, all of them together. */
export class WindowReserve {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  take(octets: number): boolean {
    if (octets > this.#left) return false;
    this.#left -= octets;
    return true;
  }

  giveBack(octets: number): void {
    this.#left += octets;
  }
}

/**
 * What a peer may send on one stream before it is read (RFC 9113 section 5.2): so much waits in memory
 * at most.
 *
 * It starts small, and grows for a stream whose reader keeps up: a service far away is then not held
 * back by the time that its octets travel, and a reader that stands still costs little.
 */
export class ReceiveWindow {
  #size: number;
  readonly #initial: number;
  readonly #reserve: WindowReserve;
  #released = false;
  /** What the peer may still send, and what has been read since it was last told so. */
  #open: number;
  #read = 0;

  constructor({ initial, reserve }: { initial: number; reserve: WindowReserve }) {
    this.#size = initial;
    this.#initial = initial;
    this.#open = initial;
    this.#reserve = reserve;
  }

  /** @throws {StreamError} if the peer has sent more than it may. */
  receive(octets: number): void {
    this.#open -= octets;
    if (this.#open < 0) {
      throw new StreamError(errorCodes.flow_control_error, "more than the window allows");
    }
  }

  /**
   * Says that octets have been read.
   *
   * @returns By how much to open the window; 0 while that is not worth a frame, or if it is released.
   */
  consume(octets: number): number {
    if (this.#released) return 0;
    this.#read += octets;
    if (this.#read < this.#size / 2) return 0;
    const nothingWaits = this.#open + this.#read === this.#size;
    const increment = this.#read + (nothingWaits ? this.#grow() : 0);
    this.#open += increment;
    this.#read = 0;
    return increment;
  }

  /** Gives back what it has grown by; it never opens again. */
  release(): void {
    this.#released = true;
    this.#reserve.giveBack(this.#size - this.#initial);
    this.#size = this.#initial;
  }

  #grow(): number {
    const more = this.#size;
    if (more >= LARGEST || !this.#reserve.take(more)) return 0;
    this.#size += more;
    return more;
  }
}

/** In octets: 40 MB/s from a service that is 100 ms away. */
const LARGEST = 4 * 1024 * 1024;
