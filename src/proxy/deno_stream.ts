import type { ByteStream } from "./byte_stream.ts";

/** One TLS record: a larger buffer is never filled by one read (measured). */
const BUFFER_OCTETS = 16 * 1024 + 256;

/** A {@linkcode ByteStream} over a connection of Deno's own: every TCP or TLS leg to an upstream. */
export class DenoStream implements ByteStream {
  readonly #conn: Deno.Conn;
  /** Two buffers by turns: one is read into while the other is being written elsewhere. */
  readonly #buffers = [new Uint8Array(BUFFER_OCTETS), new Uint8Array(BUFFER_OCTETS)] as const;
  #turn: 0 | 1 = 0;
  #pending: Promise<number | null> | undefined;
  #unread: Uint8Array | undefined;
  #closed = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  async read(): Promise<Uint8Array | null> {
    const unread = this.take();
    if (unread !== undefined) return unread;
    const buffer = this.#buffers[this.#turn];
    const count = await this.#start();
    this.#pending = undefined;
    if (count === null) return null;
    this.#turn = this.#turn === 0 ? 1 : 0;
    return buffer.subarray(0, count);
  }

  take(): Uint8Array | undefined {
    const bytes = this.#unread;
    this.#unread = undefined;
    return bytes;
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#unread = bytes;
  }

  get hasUnread(): boolean {
    return this.#unread !== undefined;
  }

  prefetch(): void {
    // A failure is kept for the read() that follows; until then nobody is there to handle it.
    if (this.#pending === undefined) this.#start().catch(ignore);
  }

  readable(): Promise<void> {
    if (this.#unread !== undefined) return Promise.resolve();
    // A failure is kept for the read() that follows.
    return this.#start().then(ignore, ignore);
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written = await this.#conn.write(bytes);
    while (written < bytes.length) written += await this.#conn.write(bytes.subarray(written));
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  #start(): Promise<number | null> {
    return this.#pending ??= this.#conn.read(this.#buffers[this.#turn]);
  }
}

function ignore(): void {}
