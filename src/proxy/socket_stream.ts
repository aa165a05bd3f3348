import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ByteStream } from "./byte_stream.ts";
import { startReading, stopReading } from "./socket_reading.ts";

/** Above this many unread octets the socket is stopped, so that TCP holds the sender back. */
const HIGH_WATER_OCTETS = 64 * 1024;

/** A {@linkcode ByteStream} over a socket of node:net or node:tls. */
export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #stopped = false;
  #ended = false;
  #broken = false;
  #interrupted = false;
  #failure: Error | undefined;
  #waiting: (() => void)[] = [];
  /** Called once if the peer ends or breaks the connection. */
  onEnd: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => this.#finish());
    socket.on("error", (error: Error) => {
      this.#broken = true;
      this.#finish(error);
    });
    socket.on("close", () => {
      this.#broken = true;
      this.#finish();
    });
  }

  /** Whether the peer has ended its side or the connection is gone. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether nothing can be written any more. */
  get broken(): boolean {
    return this.#broken;
  }

  async read(): Promise<Uint8Array | null> {
    while (true) {
      if (this.#interrupted) {
        this.#interrupted = false;
        throw new Error("interrupted");
      }
      const chunk = this.#queue.shift();
      if (chunk !== undefined) {
        this.#queued -= chunk.length;
        if (this.#stopped && this.#queued === 0) {
          this.#stopped = false;
          startReading(this.#socket);
        }
        return chunk;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return null;
      await this.#arrival();
    }
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.unshift(bytes);
    this.#queued += bytes.length;
  }

  get hasUnread(): boolean {
    return this.#queue.length > 0;
  }

  prefetch(): void {
    // The socket reads ahead by itself, up to the high-water mark.
  }

  async readable(): Promise<void> {
    while (this.#queue.length === 0 && !this.#ended) await this.#arrival();
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed || this.#socket.writableEnded) return resolve();
      this.#socket.once("close", () => resolve());
      this.#socket.end(() => resolve());
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#finish();
  }

  /** Closes so that the peer cannot take what it got for all there is: by a reset, in clear. */
  abort(): void {
    if (!(this.#socket instanceof TLSSocket)) this.#socket.resetAndDestroy();
    this.close();
  }

  /** Makes the pending read fail; the connection stays as it is. */
  interrupt(): void {
    this.#interrupted = true;
    this.#notify();
  }

  /**
   * Takes the socket back for another reader, after which this stream is of no use.
   *
   * @returns The socket, paused, and what had arrived and was not read.
   */
  detach(): { socket: Socket; early: Uint8Array[] } {
    this.#socket.pause();
    this.#socket.removeAllListeners("data");
    this.#socket.removeAllListeners("end");
    return { socket: this.#socket, early: this.#queue.splice(0) };
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #receive(chunk: Uint8Array): void {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued > HIGH_WATER_OCTETS && !this.#stopped) {
      this.#stopped = true;
      stopReading(this.#socket);
    }
    this.#notify();
  }

  #finish(error?: Error): void {
    if (this.#ended && error === undefined) return;
    this.#failure ??= error;
    const first = !this.#ended;
    this.#ended = true;
    this.#notify();
    if (first) this.onEnd?.();
  }

  #notify(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
