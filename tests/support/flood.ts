/**
 * Many connections that are held open and hardly used, as an attacker does ("slowloris").
 *
 * @module
 */

import { encodeLatin1 } from "../../src/wire/octets.ts";
import { delay } from "./wait_until.ts";
import { writeAll } from "./write_all.ts";

export interface FloodOptions {
  readonly count: number;
  /** What each connection sends first. */
  readonly opening: string;
  /** What each connection sends once per second. */
  readonly drip: string;
  /** Whether a connection that has been closed stays closed; else it comes back a second later. */
  readonly once?: boolean;
}

const interval = 1000;

export class Flood implements AsyncDisposable {
  /** Connections that the peer has ended. */
  ended = 0;
  /** Attempts to connect that were accepted. */
  connected = 0;
  readonly #options: FloodOptions;
  readonly #address: { hostname: string; port: number };
  readonly #open = new Set<Deno.Conn>();
  readonly #timer: ReturnType<typeof setInterval>;
  #members: Promise<void>[] = [];
  #stopped = false;

  private constructor(url: string, options: FloodOptions) {
    const { hostname, port } = new URL(url);
    this.#address = { hostname, port: Number(port) };
    this.#options = options;
    this.#timer = setInterval(() => this.#dripAll(), interval);
  }

  /** Resolves once every connection has been opened for the first time. */
  static async open({ url }: { readonly url: string }, options: FloodOptions): Promise<Flood> {
    const flood = new Flood(url, options);
    for (let index = 0; index < options.count; index++) {
      const opened = Promise.withResolvers<void>();
      flood.#members.push(flood.#hold(opened.resolve));
      await opened.promise;
    }
    return flood;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const connection of this.#open) connection.close();
    await Promise.all(this.#members);
  }

  /** One member: connects, sends its opening and waits for the end; then again. */
  async #hold(onOpened: () => void): Promise<void> {
    while (!this.#stopped) {
      try {
        const connection = await Deno.connect(this.#address);
        this.connected++;
        this.#open.add(connection);
        onOpened();
        await this.#untilEnd(connection);
      } catch {
        // Refused or reset: whichever way it is kept out, it comes back.
        onOpened();
      }
      if (this.#stopped || this.#options.once === true) return;
      await delay(interval);
    }
  }

  async #untilEnd(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(1024);
    try {
      await writeAll(connection, encodeLatin1(this.#options.opening));
      while (await connection.read(buffer) !== null);
    } finally {
      this.ended++;
      if (this.#open.delete(connection) && !this.#stopped) connection.close();
    }
  }

  #dripAll(): void {
    const drop = encodeLatin1(this.#options.drip);
    if (drop.length === 0) return;
    // A connection that has been closed says so to its reader as well.
    for (const connection of this.#open) connection.write(drop).catch(() => {});
  }
}
