/** Octets to look for, and what they stand for. */
export interface Pattern {
  /** For people: a variable's name. */
  readonly name: string;
  readonly octets: Uint8Array;
}

/** Where a pattern was found. */
export interface Match {
  readonly name: string;
  /** The octets `[start, end)` of what was searched. */
  readonly start: number;
  readonly end: number;
}

/** What a search found. */
export interface Found {
  /** By where they start; they may overlap. */
  readonly matches: readonly Match[];
  /**
   * From here on the octets may be the beginning of a pattern; their number if none can be. That is told
   * by which octets patterns consist of, and not by the patterns: see {@linkcode PatternSet.find}.
   */
  readonly open: number;
}

interface Candidate {
  readonly pattern: Pattern;
  next: Candidate | undefined;
}

/** How many octets decide how far to skip. */
const BLOCK = 3;
const TABLE = 1 << 16;
/** A longer window would not skip further on the whole. */
const LONGEST_WINDOW = 64;

/**
 * Many patterns, looked for at once.
 *
 * S. Wu, U. Manber, "A fast algorithm for multi-pattern searching" (TR 94-17, University of Arizona,
 * 1994): a table says by the last three octets of a window as long as the shortest pattern how far
 * it can be moved without missing one. So most octets are never looked at.
 */
export class PatternSet {
  /** The length of the longest pattern. */
  readonly longest: number;
  readonly #patterns: readonly Pattern[];
  readonly #window: number;
  readonly #shifts: Uint8Array;
  readonly #candidates = new Map<number, Candidate>();
  /** Whether an octet is in some pattern. */
  readonly #alphabet = new Uint8Array(256);

  /** @param patterns Each of at least {@linkcode SHORTEST_PATTERN} octets. */
  constructor(patterns: readonly Pattern[]) {
    for (const { name, octets } of patterns) {
      if (octets.length < SHORTEST_PATTERN) {
        throw new TypeError(`Cannot look for ${name}: too short`);
      }
    }
    this.#patterns = patterns;
    this.longest = patterns.reduce((most, { octets }) => Math.max(most, octets.length), 0);
    this.#window = patterns.reduce(
      (least, { octets }) => Math.min(least, octets.length),
      LONGEST_WINDOW,
    );
    this.#shifts = new Uint8Array(TABLE).fill(this.#window - BLOCK + 1);
    for (const pattern of patterns) this.#add(pattern);
  }

  /** Whether there is nothing to look for. */
  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /**
   * Finds every pattern in the octets, and where another may begin at their end.
   *
   * Whoever sees how much is held back at the end of a piece learns `open`. If that told the patterns'
   * own beginnings from other text, a client that can have a service send text of its choice would find
   * a credential out octet by octet, with some sixty guesses for each.
   */
  find(octets: Uint8Array): Found {
    const { length } = octets;
    if (this.isEmpty) return { matches: noMatches, open: length };
    let matches: Match[] | undefined;
    const window = this.#window;
    const shifts = this.#shifts;
    let at = window - 1;
    while (at < length) {
      const block = blockOf(octets, at);
      const shift = shifts[block] ?? 0;
      if (shift > 0) {
        at += shift;
        continue;
      }
      const start = at - window + 1;
      for (let entry = this.#candidates.get(block); entry !== undefined; entry = entry.next) {
        const { name, octets: wanted } = entry.pattern;
        const end = start + wanted.length;
        if (end > length || !beginsAt(octets, { start, end, wanted })) continue;
        (matches ??= []).push({ name, start, end });
      }
      at++;
    }
    return { matches: matches ?? noMatches, open: this.#openAt(octets) };
  }

  /**
   * Whether the octets end in the first half of a pattern, or in more of it: unlike `open`, that tells a
   * beginning from other text, and nobody can try all halves.
   */
  endsInHalf(octets: Uint8Array): boolean {
    return this.#patterns.some(({ octets: wanted }) => {
      const most = Math.min(wanted.length - 1, octets.length);
      for (let count = Math.ceil(wanted.length / 2); count <= most; count++) {
        const start = octets.length - count;
        if (beginsAt(octets, { start, end: octets.length, wanted })) return true;
      }
      return false;
    });
  }

  #add(pattern: Pattern): void {
    const { octets } = pattern;
    for (let at = BLOCK - 1; at < this.#window; at++) {
      const block = blockOf(octets, at);
      const shift = this.#window - 1 - at;
      if (shift < (this.#shifts[block] ?? 0)) this.#shifts[block] = shift;
    }
    const last = blockOf(octets, this.#window - 1);
    this.#candidates.set(last, { pattern, next: this.#candidates.get(last) });
    for (const octet of octets) this.#alphabet[octet] = 1;
  }

  /** Where the octets at the end begin that are in some pattern each, as many as one may begin with. */
  #openAt(octets: Uint8Array): number {
    const first = Math.max(0, octets.length - this.longest + 1);
    let open = octets.length;
    while (open > first && this.#alphabet[octets[open - 1] ?? 0] === 1) open--;
    return open;
  }
}

/** What is shorter would be found where it is none. */
export const SHORTEST_PATTERN = 8;

const noMatches: readonly Match[] = [];

/** The last three octets up to and with `at`, as a place in the table. */
function blockOf(octets: Uint8Array, at: number): number {
  const first = octets[at - 2] ?? 0;
  const second = octets[at - 1] ?? 0;
  return (first << 9 ^ second << 5 ^ (octets[at] ?? 0)) & TABLE - 1;
}

/** Whether the octets `[start, end)` are how `wanted` begins. */
function beginsAt(
  octets: Uint8Array,
  { start, end, wanted }: { start: number; end: number; wanted: Uint8Array },
): boolean {
  for (let at = start; at < end; at++) {
    if (octets[at] !== wanted[at - start]) return false;
  }
  return true;
}
