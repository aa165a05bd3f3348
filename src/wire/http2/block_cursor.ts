/** A place in a header block, which what reads there moves on. */
export class BlockCursor {
  readonly bytes: Uint8Array;
  at = 0;
  #scratch: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /**
   * Room for any Huffman-coded string of the block: the shortest code has five bits. One for all of
   * them, since to allocate it takes longer than to decode most strings (measured).
   */
  get scratch(): Uint8Array {
    return this.#scratch ??= new Uint8Array(Math.floor(this.bytes.length * 8 / 5));
  }
}
