/** How much there may be of something: `tokens` in every `perMs` milliseconds. */
export interface TokenRate {
  readonly tokens: number;
  readonly perMs: number;
  /** How many may be taken at once after a pause. */
  readonly capacity: number;
}

/**
 * A token bucket: full at first, it fills up evenly, and what is taken may put it into debt.
 *
 * Counted in tokens × milliseconds, so that whole numbers of both stay exact.
 */
export class TokenBucket {
  readonly #rate: TokenRate;
  #credit: number;
  #filledAt: number;

  /** @param now Milliseconds of a clock that never goes back, here and below. */
  constructor(rate: TokenRate, now: number) {
    this.#rate = rate;
    this.#credit = rate.capacity * rate.perMs;
    this.#filledAt = now;
  }

  isFull(now: number): boolean {
    this.#fill(now);
    return this.#credit === this.#rate.capacity * this.#rate.perMs;
  }

  /** Milliseconds until `tokens` can be taken without debt; 0 if they can be now. */
  waitFor(tokens: number, now: number): number {
    this.#fill(now);
    const missing = tokens * this.#rate.perMs - this.#credit;
    return Math.max(0, missing / this.#rate.tokens);
  }

  take(tokens: number, now: number): void {
    this.#fill(now);
    this.#credit -= tokens * this.#rate.perMs;
  }

  #fill(now: number): void {
    const { tokens, perMs, capacity } = this.#rate;
    this.#credit = Math.min(capacity * perMs, this.#credit + (now - this.#filledAt) * tokens);
    this.#filledAt = now;
  }
}
