import { ProxyError } from "../errors.ts";

/** How many may linger for one authority: more than any service in order leaves behind. */
const MAX_FOR_ONE = 64;

/** How many may linger in all. */
const MAX_IN_ALL = 512;

/** Milliseconds that it may take to close a connection. Above that, it lingers. */
const GRACE = 1000;

/**
 * The TLS connections that have been given up and do not end.
 *
 * Deno 2.9 closes a TLS connection only after what was written has been sent, and in the handshake
 * only after the peer has answered: its descriptor is held until the peer takes something, answers or
 * closes, for ever if it does not, and nothing frees it. So there may be only so many of them; above
 * that no new connection is opened to where they came from.
 */
export class LingeringConnections {
  readonly #counts = new Map<string, number>();
  readonly #grace: number;
  #total = 0;

  constructor(grace = GRACE) {
    this.#grace = grace;
  }

  /**
   * Counts a connection that has been given up.
   *
   * @param authority What it was to.
   * @param ended Resolves when its descriptor is free; it never rejects.
   */
  watch(authority: string, ended: Promise<void>): void {
    let lingers = false;
    const alarm = setTimeout(() => {
      lingers = true;
      this.#add(authority, 1);
    }, this.#grace);
    Deno.unrefTimer(alarm);
    void ended.then(() => {
      clearTimeout(alarm);
      if (lingers) this.#add(authority, -1);
    });
  }

  /** @throws {ProxyError} `connection_limit` if no other connection may be opened to the authority. */
  refuseMore(authority: string): void {
    const count = this.#counts.get(authority) ?? 0;
    if (count < MAX_FOR_ONE && this.#total < MAX_IN_ALL) return;
    throw new ProxyError(
      "connection_limit",
      count < MAX_FOR_ONE
        ? `${this.#total} connections to destinations do not end, as these take nothing`
        : `${count} connections to ${authority} do not end, as it takes nothing`,
    );
  }

  #add(authority: string, change: 1 | -1): void {
    const count = (this.#counts.get(authority) ?? 0) + change;
    if (count === 0) this.#counts.delete(authority);
    else this.#counts.set(authority, count);
    this.#total += change;
  }
}
