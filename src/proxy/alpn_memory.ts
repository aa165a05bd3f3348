/** What a service has shown to speak: HTTP/1.1 though it was offered both, or nothing but HTTP/2. */
type Spoken = "http/1.1" | "h2 alone";

/**
 * What services speak, by key, so that it is found out once. Services
 * change: what is remembered is forgotten after a while.
 */
export class AlpnMemory {
  readonly #spoken = new Map<string, { readonly spoken: Spoken; readonly since: number }>();
  readonly #now: () => number;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get(key: string): Spoken | undefined {
    const entry = this.#spoken.get(key);
    return entry !== undefined && this.#now() - entry.since < LONGEST ? entry.spoken : undefined;
  }

  forget(key: string): void {
    this.#spoken.delete(key);
  }

  set(key: string, spoken: Spoken): void {
    this.#spoken.delete(key);
    this.#spoken.set(key, { spoken, since: this.#now() });
    const [oldest] = this.#spoken.keys();
    if (this.#spoken.size > MOST && oldest !== undefined) this.#spoken.delete(oldest);
  }
}

/** Entries. */
const MOST = 1000;

/** Milliseconds. */
const LONGEST = 600_000;
