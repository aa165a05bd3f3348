import { OctetBuffer } from "./octet_buffer.ts";

/**
 * Octets that have arrived and wait for their reader.
 *
 * Two buffers by turns: one fills while the reader has a view of the other, so that a connection that
 * goes on for hours reads without allocating.
 */
export class ArrivalBuffer {
  #filling = new OctetBuffer(0);
  #lent = new OctetBuffer(0);
  #returned: Uint8Array | undefined;

  /** How many octets wait. */
  get length(): number {
    return this.#filling.length + (this.#returned?.length ?? 0);
  }

  /** Appends a copy of `bytes[0, count)`, which has arrived. */
  append(bytes: Uint8Array, count: number): void {
    this.#filling.copy(bytes, { start: 0, end: count });
  }

  /** Where more is appended, in place of {@linkcode append}. */
  get tail(): OctetBuffer {
    return this.#filling;
  }

  /** All that waits, or what was put back; a view that is valid until the next call. */
  take(): Uint8Array | undefined {
    if (this.#returned !== undefined) {
      const bytes = this.#returned;
      this.#returned = undefined;
      return bytes;
    }
    if (this.#filling.length === 0) return undefined;
    const filled = this.#filling;
    this.#filling = this.#lent;
    this.#filling.clear();
    this.#lent = filled;
    return filled.view();
  }

  /** Puts octets back in front of all others; they stay where they are, uncopied. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#returned === undefined) {
      this.#returned = bytes;
      return;
    }
    const joined = new Uint8Array(bytes.length + this.#returned.length);
    joined.set(bytes);
    joined.set(this.#returned, bytes.length);
    this.#returned = joined;
  }

  /** Gives the memory back if nothing waits. The last view is no longer valid then. */
  trim(): void {
    if (this.length > 0) return;
    this.#filling.trim();
    this.#lent.trim();
  }
}
