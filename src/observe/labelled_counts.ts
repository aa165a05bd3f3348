/** Counts by the values of some labels, in the order of the labels. */
export class LabelledCounts {
  readonly #counts = new Map<string, { readonly values: readonly string[]; count: number }>();

  /**
   * @param count With 0 the values are told from now on, though nothing has happened yet: Prometheus
   *   sees no increase in a series that begins with 1.
   */
  add(values: readonly string[], count = 1): void {
    const key = JSON.stringify(values);
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { values, count });
    else entry.count += count;
  }

  /** Everything that was counted, the values of its labels first. */
  *entries(): Iterable<readonly [readonly string[], number]> {
    for (const { values, count } of this.#counts.values()) yield [values, count];
  }
}
