import { type ByteStream, formatEndpoint } from "./byte_stream.ts";
import { WriteProgress } from "./write_progress.ts";

/** One TLS record, the most that one read of a TLS connection brings (measured), and a little. */
const RECORD_OCTETS = 16 * 1024 + 256;

/** Where this much comes at once, more is to come. */
const FULL_RECORD_OCTETS = 16 * 1024;

/** What a connection that carries much reads ahead. */
const BULK_OCTETS = 8 * RECORD_OCTETS;

/**
 * A {@linkcode ByteStream} over a connection of Deno's own: every TCP or TLS leg to an upstream.
 *
 * Two buffers by turns: one is lent to the reader while the other fills. As long as the reader is
 * busy with what it was lent, records are read ahead into the other, so that they leave in one write.
 */
export class DenoStream implements ByteStream {
  readonly peer: string;
  readonly #conn: Deno.Conn;
  #filling = new Uint8Array(RECORD_OCTETS);
  #other = new Uint8Array(RECORD_OCTETS);
  /** What has arrived in `#filling` and was not returned yet is `[#start, #end)`. */
  #start = 0;
  #end = 0;
  /** A read into `#filling` at `#end`; settles once it is accounted for. */
  #pending: Promise<void> | undefined;
  /** Records come one after the other, as in a long body. */
  #bulk = false;
  #ended = false;
  #failure: unknown;
  #unread: Uint8Array | undefined;
  #closed = false;
  readonly #onGiveUp: ((ended: Promise<void>) => void) | undefined;
  /** Settle what is being waited for, should the connection be closed before it comes. */
  #wakeReader: () => void = ignore;
  #failWrite: (error: Error) => void = ignore;
  readonly writes: WriteProgress = new WriteProgress();
  onClose: (() => void) | undefined;

  /**
   * @param onGiveUp Given for TLS, where closing may take as long as the peer likes: told, by a promise
   *   that never rejects, when the descriptor of a connection that has been closed is free.
   */
  constructor(conn: Deno.Conn, onGiveUp?: (ended: Promise<void>) => void) {
    this.#conn = conn;
    this.#onGiveUp = onGiveUp;
    const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
    this.peer = formatEndpoint(hostname, port);
  }

  async read(): Promise<Uint8Array | null> {
    const ready = this.take();
    if (ready !== undefined) return ready;
    while (this.#start === this.#end) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return null;
      await this.#startReading();
    }
    return this.#lend();
  }

  take(): Uint8Array | undefined {
    if (this.#unread !== undefined) {
      const bytes = this.#unread;
      this.#unread = undefined;
      return bytes;
    }
    return this.#start < this.#end ? this.#lend() : undefined;
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#unread = bytes;
  }

  get hasUnread(): boolean {
    return this.#unread !== undefined || this.#start < this.#end;
  }

  /** Where TLS ends without close_notify, reading fails. In clear there is nothing to be had. */
  readonly endIsCertain = true;

  get isReadable(): boolean {
    return this.hasUnread || this.#ended || this.#failure !== undefined;
  }

  prefetch(): void {
    if (!this.isReadable) void this.#startReading();
  }

  readable(): Promise<void> {
    if (this.isReadable) return Promise.resolve();
    this.#bulk = false;
    return this.#startReading();
  }

  write(bytes: Uint8Array): Promise<void> {
    const written = this.#writeAll(bytes);
    if (this.#onGiveUp === undefined) return written;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#failWrite = reject;
    written.then(resolve, reject);
    return promise;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    this.writes.begin();
    try {
      let written = await this.#conn.write(bytes);
      while (written < bytes.length) {
        // What was not taken before the connection was closed belongs to whoever gave it again.
        if (this.#closed) throw new Error("the connection has been closed");
        this.writes.advance();
        written += await this.#conn.write(bytes.subarray(written));
      }
    } finally {
      this.writes.end();
    }
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onClose?.();
    if (this.#onGiveUp === undefined) return this.#conn.close();
    const error = new Error("the connection has been closed");
    this.#failure ??= error;
    this.#wakeReader();
    this.#failWrite(error);
    this.#onGiveUp(this.#endTls());
  }

  /** Were it closed at once, nobody could tell when that is done. */
  async #endTls(): Promise<void> {
    try {
      // Resolves once everything has been sent, close_notify included.
      await this.#conn.closeWrite();
    } catch {
      // The peer has gone.
    }
    this.#conn.close();
  }

  #lend(): Uint8Array {
    const bytes = this.#filling.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return bytes;
  }

  #startReading(): Promise<void> {
    if (this.#pending !== undefined) return this.#pending;
    if (this.#start === this.#end) this.#turn();
    const free = this.#end === 0 ? this.#filling : this.#filling.subarray(this.#end);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeReader = resolve;
    this.#pending = promise;
    void this.#conn.read(free).then(
      (count) => this.#arrive(count),
      (error) => this.#fail(error),
    );
    return promise;
  }

  /** The reader may still use what it was lent, so the next octets go into the other buffer. */
  #turn(): void {
    const wanted = this.#bulk ? BULK_OCTETS : RECORD_OCTETS;
    const next = this.#other.length === wanted ? this.#other : new Uint8Array(wanted);
    this.#other = this.#filling;
    this.#filling = next;
    this.#start = 0;
    this.#end = 0;
  }

  #arrive(count: number | null): void {
    this.#pending = undefined;
    this.#wakeReader();
    if (count === null) {
      this.#ended = true;
      return;
    }
    this.#end += count;
    if (count >= FULL_RECORD_OCTETS) this.#bulk = true;
    const hasRoom = this.#filling.length - this.#end >= RECORD_OCTETS;
    if (this.#bulk && hasRoom && !this.#closed) void this.#startReading();
  }

  #fail(error: unknown): void {
    this.#pending = undefined;
    this.#failure ??= error;
    this.#wakeReader();
  }
}

function ignore(): void {}
