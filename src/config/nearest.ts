/**
 * Finds the word that was probably meant.
 *
 * @returns `undefined` if none is near: one change in three letters, and at least one of them.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const changes = distance(word.toLowerCase(), candidate);
    if (changes < least && changes <= Math.max(1, candidate.length / 3)) {
      [best, least] = [candidate, changes];
    }
  }
  return best;
}

/** Levenshtein distance in which two neighbours that changed places count once. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next.push(Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      ));
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
}
