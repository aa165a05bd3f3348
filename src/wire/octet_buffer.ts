import type { OctetSink, RangeSink } from "./fields.ts";

/**
 * A growing run of octets that is written, taken and used again.
 *
 * A head and the first octets of its body are put together here, so that they leave in one write.
 */
export class OctetBuffer implements OctetSink, RangeSink {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(initialCapacity: number) {
    this.#bytes = initialCapacity === 0 ? noOctets : new Uint8Array(initialCapacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Empties the buffer: views that {@linkcode view} gave are no longer valid. */
  clear(): void {
    this.#length = 0;
  }

  /** Appends one octet, 0 to 255. */
  octet(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(chunk: Uint8Array): void {
    this.#reserve(chunk.length);
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** Appends `source[start, end)`. */
  copy(source: Uint8Array, { start, end }: { start: number; end: number }): void {
    const length = end - start;
    if (length > FEW_OCTETS) return this.bytes(source.subarray(start, end));
    this.#reserve(length);
    const into = this.#bytes;
    const offset = this.#length - start;
    for (let at = start; at < end; at++) into[offset + at] = source[at] ?? 0;
    this.#length += length;
  }

  /** Appends text, one octet per UTF-16 unit, each below 256. */
  text(text: string): void {
    this.#reserve(text.length);
    for (let at = 0; at < text.length; at++) this.#bytes[this.#length + at] = text.charCodeAt(at);
    this.#length += text.length;
  }

  /** Takes octets off the end: no more than there are. */
  shorten(octets: number): void {
    this.#length -= octets;
  }

  /** Puts text in the place of octets that have been appended; see {@linkcode text}. */
  overwrite(at: number, text: string): void {
    for (let index = 0; index < text.length; index++) {
      this.#bytes[at + index] = text.charCodeAt(index);
    }
  }

  /** Empties the buffer and gives its memory back. */
  trim(): void {
    this.#length = 0;
    this.#bytes = noOctets;
  }

  /** Makes room for so many octets that will be appended: piece by piece, it would grow several times. */
  reserve(more: number): void {
    this.#reserve(more);
  }

  /** What has been appended; valid until the next change. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2, SMALLEST));
    grown.set(this.view());
    this.#bytes = grown;
  }
}

/** So many are copied one by one in less time than it takes to make a view of them (measured). */
const FEW_OCTETS = 128;

/** Smaller buffers would only have to grow again. */
const SMALLEST = 512;

const noOctets = new Uint8Array(0);
