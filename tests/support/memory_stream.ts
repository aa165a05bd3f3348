import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import { WriteProgress } from "../../src/proxy/write_progress.ts";
import { ArrivalBuffer } from "../../src/wire/arrival_buffer.ts";

/** A byte stream without a socket: a test says what arrives, and sees what has been written. */
export class MemoryStream implements ByteStream {
  readonly peer = "192.0.2.1:1234";
  readonly writes: WriteProgress = new WriteProgress();
  readonly endIsCertain = true;
  /** All that was written, piece by piece. */
  readonly written: Uint8Array[] = [];
  closed = false;
  /** While this is set, what is written is taken and never acknowledged. */
  stuck = false;
  readonly #arrived = new ArrivalBuffer();
  #ended = false;
  #wake = Promise.withResolvers<void>();

  /** Lets octets arrive. */
  arrive(octets: Uint8Array): void {
    this.#arrived.append(octets, octets.length);
    this.#notify();
  }

  /** Lets the peer end its side. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  get hasUnread(): boolean {
    return this.#arrived.length > 0;
  }

  get isReadable(): boolean {
    return this.hasUnread || this.#ended || this.closed;
  }

  async read(): Promise<Uint8Array | null> {
    await this.readable();
    return this.closed ? null : this.take() ?? null;
  }

  take(): Uint8Array | undefined {
    return this.#arrived.take();
  }

  unread(bytes: Uint8Array): void {
    this.#arrived.unread(bytes);
  }

  prefetch(): void {
    // There is nothing to be read ahead of.
  }

  async readable(): Promise<void> {
    while (!this.isReadable) await this.#wake.promise;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.closed) throw new Error("the stream has been closed");
    this.writes.begin();
    this.written.push(bytes.slice());
    while (this.stuck && !this.closed) await this.#wake.promise;
    this.writes.end();
    if (this.closed) throw new Error("the stream has been closed");
  }

  /** Acknowledges what was written, and what will be. */
  unstick(): void {
    this.stuck = false;
    this.#notify();
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
