/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The value below which a share of the values lies (nearest rank); NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** What was measured: one value for each metric, contender and round. */
export class Samples {
  readonly #values = new Map<string, Map<string, number[]>>();

  add(metric: string, contender: string, value: number): void {
    const byContender = this.#values.get(metric) ?? new Map<string, number[]>();
    this.#values.set(metric, byContender);
    byContender.set(contender, [...byContender.get(contender) ?? [], value]);
  }

  /** The median over the rounds, or undefined if it was not measured. */
  median(metric: string, contender: string): number | undefined {
    const values = this.#values.get(metric)?.get(contender);
    return values === undefined ? undefined : median(values);
  }

  /** Everything, as `{ metric: { contender: [values] } }`. */
  toJSON(): Record<string, Record<string, number[]>> {
    return Object.fromEntries(
      [...this.#values].map(([metric, values]) => [metric, Object.fromEntries(values)]),
    );
  }
}
