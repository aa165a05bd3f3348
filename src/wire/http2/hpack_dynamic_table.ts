import { fieldSize, type HeaderField } from "./header_field.ts";

/** A power of two, as every size of the ring. */
const SMALLEST_RING = 16;

/**
 * The dynamic table (RFC 7541 section 2.3.2): the fields that came last, as many as fit.
 *
 * A ring, so that neither adding nor evicting moves what stays.
 */
export class HpackDynamicTable {
  #ring: (HeaderField | undefined)[] = new Array(SMALLEST_RING).fill(undefined);
  /** Where the next field goes; the one that was added last is before it. */
  #next = 0;
  #count = 0;
  #size = 0;
  #maxSize: number;

  /** @param maxSize Octets, counted as section 4.1 does. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** How many fields it holds. */
  get count(): number {
    return this.#count;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  /** The field at that distance from the newest, which is at 0. */
  at(distance: number): HeaderField | undefined {
    if (distance >= this.#count) return undefined;
    return this.#ring[(this.#next - 1 - distance) & (this.#ring.length - 1)];
  }

  /** Adds a field; one that is larger than the table leaves it empty (section 4.4). */
  add(field: HeaderField): void {
    const size = fieldSize(field);
    this.#evictDownTo(this.#maxSize - size);
    if (size > this.#maxSize) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#next] = field;
    this.#next = (this.#next + 1) & (this.#ring.length - 1);
    this.#count++;
    this.#size += size;
  }

  /** Changes the maximum size and evicts what no longer fits (section 4.3). */
  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#evictDownTo(maxSize);
  }

  #evictDownTo(size: number): void {
    while (this.#size > size && this.#count > 0) {
      const oldest = (this.#next - this.#count) & (this.#ring.length - 1);
      const field = this.#ring[oldest];
      if (field !== undefined) this.#size -= fieldSize(field);
      this.#ring[oldest] = undefined;
      this.#count--;
    }
  }

  #grow(): void {
    const fields = this.#ring;
    // It is full: its oldest field is where the next one would go.
    const ordered = [...fields.slice(this.#next), ...fields.slice(0, this.#next)];
    this.#ring = [...ordered, ...new Array(fields.length).fill(undefined)];
    this.#next = fields.length;
  }
}
