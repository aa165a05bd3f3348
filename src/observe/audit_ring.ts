/** The last lines of the audit log, in memory, for the admin API. */
export class AuditRing {
  readonly #capacity: number;
  readonly #lines: string[] = [];
  /** Where the oldest line is, once the ring is full. */
  #oldest = 0;

  /** @param capacity How many lines are kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(line: string): void {
    if (this.#lines.length < this.#capacity) {
      this.#lines.push(line);
      return;
    }
    this.#lines[this.#oldest] = line;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
  }

  /** The last `limit` lines, or as many as there are, the youngest at the end. */
  recent(limit: number): string[] {
    const ordered = [
      ...this.#lines.slice(this.#oldest),
      ...this.#lines.slice(0, this.#oldest),
    ];
    return ordered.slice(Math.max(0, ordered.length - limit));
  }
}
