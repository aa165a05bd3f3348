import type { Found, PatternSet } from "./pattern_set.ts";

/** What stands in the place of every octet of a credential: as long as it, so that no length changes. */
const MASK = 0x2a;

/** What must not come back. It may change while a response is under way: then the next piece counts. */
export interface PatternSource {
  readonly patterns: PatternSet;
}

/**
 * Overwrites the credentials in what comes back from a service (invariant I4).
 *
 * A body arrives piece by piece, and a credential is found however it is cut. What may be the beginning
 * of one at the end of a piece is held until the next comes: the last word, so to say. It is held
 * whether it begins like a credential or not, as whether it is held can be seen. Everything else goes
 * on at once: a line, an event, a JSON object that ends with the piece. A word is held for as long as
 * it takes: a time limit would let whoever can make a service pause have the credential in parts.
 */
export class Redactor {
  readonly #source: PatternSource;
  #hits: Map<string, number> | undefined;
  /** Held octets as they came. */
  #held: Uint8Array = nothing;
  /** How many of them, from the first on, belong to a credential that was found before them. */
  #masked = 0;
  /** How many of them, from the first on, have been passed on already. */
  #passed = 0;

  constructor(source: PatternSource) {
    this.#source = source;
  }

  /** How often each credential was found, by its name. */
  get hits(): ReadonlyMap<string, number> {
    return this.#hits ?? noHits;
  }

  get #patterns(): PatternSet {
    return this.#source.patterns;
  }

  /** Overwrites every credential in something that is whole, such as a head. */
  whole(octets: Uint8Array): void {
    const { matches } = this.#patterns.find(octets);
    if (matches.length > 0) this.#mask(octets, { matches, masked: 0 });
  }

  /**
   * Takes the next piece, which is overwritten where it holds a credential.
   *
   * @param out Receives what can be passed on: views of the piece, and octets held before.
   */
  push(piece: Uint8Array, out: Uint8Array[]): void {
    if (piece.length === 0) return;
    if (this.#held.length > 0) return this.#pushAfterHeld(piece, out);
    const { matches, open } = this.#patterns.find(piece);
    if (matches.length === 0 && open === piece.length) return void out.push(piece);
    this.#release(piece, { matches, open, out, masked: 0 });
  }

  /**
   * Passes on what is held though more may follow, as its reader may have to answer before that: but not
   * half of a credential or more. What follows is still looked at together with it.
   */
  pause(out: Uint8Array[]): void {
    const held = this.#held;
    if (held.length === this.#passed || this.#patterns.endsInHalf(held)) return;
    const octets = held.slice();
    octets.fill(MASK, 0, this.#masked);
    // They are counted when they are found again.
    for (const { start, end } of this.#patterns.find(held).matches) octets.fill(MASK, start, end);
    out.push(octets.subarray(this.#passed));
    this.#passed = held.length;
  }

  /** Says that nothing follows: what is held begins no credential, but may hold a whole one. */
  end(out: Uint8Array[]): void {
    const held = this.#held;
    if (held.length === 0) return;
    const { matches } = this.#patterns.find(held);
    this.#release(held, { matches, open: held.length, out, masked: this.#masked });
  }

  /** A match that begins in what is held may end in the piece: both are looked at as one. */
  #pushAfterHeld(piece: Uint8Array, out: Uint8Array[]): void {
    const held = this.#held;
    const masked = this.#masked;
    // What begins in the held octets ends within these; the rest of the piece needs no copy.
    const near = Math.min(piece.length, this.#patterns.longest);
    const joint = new Uint8Array(held.length + near);
    joint.set(held);
    joint.set(piece.subarray(0, near), held.length);
    const found = this.#patterns.find(joint);
    if (near === piece.length) return this.#release(joint, { ...found, out, masked });
    const own = found.matches.filter(({ start }) => start < held.length);
    const over = own.reduce((most, { end }) => Math.max(most, end - held.length), 0);
    this.#mask(joint, { matches: own, masked });
    if (this.#passed < held.length) out.push(joint.subarray(this.#passed, held.length));
    this.#passed = 0;
    this.#release(piece, { ...this.#patterns.find(piece), out, masked: over });
  }

  /**
   * Masks the octets and passes them on, up to where a credential may begin.
   *
   * @param masked How many of the first octets belong to a credential that began before them.
   */
  #release(
    octets: Uint8Array,
    { matches, open, out, masked }: Found & { out: Uint8Array[]; masked: number },
  ): void {
    // What begins in the held octets is found again with what follows them.
    const passed = matches.filter(({ start }) => start < open);
    const reach = passed.reduce((most, { end }) => Math.max(most, end), masked);
    this.#held = open === octets.length ? nothing : octets.slice(open);
    this.#masked = Math.max(0, reach - open);
    this.#mask(octets, { matches: passed, masked });
    const passedOn = this.#passed;
    this.#passed = Math.max(0, passedOn - open);
    if (open > passedOn) out.push(octets.subarray(passedOn, open));
  }

  #mask(
    octets: Uint8Array,
    { matches, masked }: { matches: Found["matches"]; masked: number },
  ): void {
    octets.fill(MASK, 0, masked);
    for (const { name, start, end } of matches) {
      octets.fill(MASK, start, end);
      this.#hits ??= new Map();
      this.#hits.set(name, (this.#hits.get(name) ?? 0) + 1);
    }
  }
}

const nothing = new Uint8Array(0);
const noHits: ReadonlyMap<string, number> = new Map();
