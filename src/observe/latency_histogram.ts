/**
 * The upper bounds of the buckets, in milliseconds: from a kept connection nearby to an answer that
 * thinks for minutes.
 */
const bounds: readonly number[] = [
  ...[1, 2.5, 5, 10, 25, 50, 100, 250, 500],
  ...[1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000],
];

/** The same in seconds, as Prometheus has them. */
export const latencyBuckets: readonly number[] = bounds.map((bound) => bound / 1000);

/** Counts durations by size. Noting one is a short walk and two additions, and allocates nothing. */
export class LatencyHistogram {
  /** For each bucket what fell into it and into none below; the last is beyond all bounds. */
  readonly #counts = new Float64Array(bounds.length + 1);
  #sum = 0;

  /** @param duration In milliseconds. */
  observe(duration: number): void {
    let index = 0;
    while (duration > (bounds[index] ?? Infinity)) index++;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += duration;
  }

  /** All durations together, in seconds. */
  get sum(): number {
    return this.#sum / 1000;
  }

  /** How many were up to each of {@linkcode latencyBuckets}, and last how many there were. */
  get cumulative(): number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => total += count);
  }
}
