/**
 * What has become of a stream's writes, for who looks at it now and then. The stream itself only
 * counts: it writes far more often than anybody looks.
 */
export class WriteProgress {
  #pending = 0;
  /** Steps forward so far: a write that has ended, or that has got a part of its octets rid of. */
  #steps = 0;
  /** The steps at the last look, and when it was that they were seen first. */
  #seen = -1;
  #since = 0;

  /** Whether a write is under way. */
  get isPending(): boolean {
    return this.#pending > 0;
  }

  begin(): void {
    this.#pending++;
  }

  advance(): void {
    this.#steps++;
  }

  end(): void {
    this.#pending--;
    this.#steps++;
  }

  /**
   * Looks at the progress.
   *
   * @param now Milliseconds, on any clock.
   * @returns For how many milliseconds the writes under way have got nowhere: since the look that first
   *   found them where they are. 0 if there are none.
   */
  stalledFor(now: number): number {
    if (this.#pending > 0 && this.#steps === this.#seen) return now - this.#since;
    this.#seen = this.#pending > 0 ? this.#steps : -1;
    this.#since = now;
    return 0;
  }
}
