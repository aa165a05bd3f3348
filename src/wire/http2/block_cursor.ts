/** A place in a header block, which what reads there moves on. */
export class BlockCursor {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #room: ScratchRoom;

  constructor(bytes: Uint8Array, room: ScratchRoom = new ScratchRoom()) {
    this.bytes = bytes;
    this.#room = room;
  }

  /** Room for any Huffman-coded string of the block: the shortest code has five bits. */
  get scratch(): Uint8Array {
    return this.#room.take(Math.floor(this.bytes.length * 8 / 5));
  }
}

/**
 * Room to decode strings in, one for all blocks of a connection: to allocate it takes longer than to
 * decode most strings (measured).
 */
export class ScratchRoom {
  #octets = new Uint8Array(0);

  /** At least so many octets; what they hold means nothing. */
  take(size: number): Uint8Array {
    if (size <= this.#octets.length) return this.#octets;
    const octets = new Uint8Array(Math.max(size, USUAL));
    if (octets.length === USUAL) this.#octets = octets;
    return octets;
  }
}

/** Enough for most blocks; what is larger is not kept. */
const USUAL = 1024;
