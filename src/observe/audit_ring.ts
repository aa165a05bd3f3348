/**
 * The last lines of the audit log, in memory, for the admin API.
 *
 * They are kept as octets in two buffers that are filled in turn: nothing is left for the garbage
 * collector, and long lines take no more memory than short ones.
 */
export class AuditRing {
  readonly #buffers: readonly [Uint8Array, Uint8Array];
  /** The buffer that is being filled, and how far each is. */
  #current: 0 | 1 = 0;
  readonly #used: [number, number] = [0, 0];

  /** @param capacity Octets of lines that are kept at least; twice as many at most. */
  constructor(capacity: number) {
    this.#buffers = [new Uint8Array(capacity), new Uint8Array(capacity)];
  }

  /** Takes a line, ended by LF, and copies it; one that is longer than the capacity is left out. */
  add(line: Uint8Array): void {
    if (line.length > this.#buffers[this.#current].length) return;
    if (this.#used[this.#current] + line.length > this.#buffers[this.#current].length) {
      this.#current = this.#current === 0 ? 1 : 0;
      this.#used[this.#current] = 0;
    }
    this.#buffers[this.#current].set(line, this.#used[this.#current]);
    this.#used[this.#current] += line.length;
  }

  /** The last `limit` lines, or as many as there are, the youngest at the end. */
  recent(limit: number): string[] {
    const text = this.#text(this.#current === 0 ? 1 : 0) + this.#text(this.#current);
    const lines = text.match(/.*\n/g) ?? [];
    return lines.slice(Math.max(0, lines.length - limit));
  }

  #text(which: 0 | 1): string {
    return new TextDecoder().decode(this.#buffers[which].subarray(0, this.#used[which]));
  }
}
