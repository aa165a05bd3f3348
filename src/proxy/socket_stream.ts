import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { ArrivalBuffer } from "../wire/arrival_buffer.ts";
import { type ByteStream, formatEndpoint } from "./byte_stream.ts";
import { readIntoSharedBuffer, startReading, stopReading } from "./socket_reading.ts";
import { WriteProgress } from "./write_progress.ts";

/** Above this many unread octets the socket is stopped, so that TCP holds the sender back. */
const HIGH_WATER_OCTETS = 128 * 1024;

interface Reader {
  resolve(bytes: Uint8Array | null): void;
  reject(error: Error): void;
}

/** Stops and starts the octets that arrive on a socket. */
export interface Flow {
  stop(): void;
  start(): void;
}

/** A {@linkcode ByteStream} over a socket of node:net or node:tls. */
export class SocketStream implements ByteStream {
  readonly peer: string;
  readonly #socket: Socket;
  readonly #transport: Flow | undefined;
  readonly #arrived = new ArrivalBuffer();
  #received = 0;
  #sent = 0;
  #stopped = false;
  #ended = false;
  #broken = false;
  #interrupted = false;
  #failure: Error | undefined;
  readonly #readers: Reader[] = [];
  readonly writes: WriteProgress = new WriteProgress();
  /** One for all who wait, however often they come: who has waited once may come again and again. */
  #arrival: PromiseWithResolvers<void> | undefined;
  readonly #listeners = {
    data: (chunk: Buffer) => this.#receive(chunk, chunk.length),
    end: () => this.#finish(),
    error: (error: Error) => {
      this.#broken = true;
      this.#finish(error);
    },
    close: () => {
      this.#broken = true;
      this.#finish();
      this.onClose?.();
    },
  };
  /** Called once if the peer ends or breaks the connection. */
  onEnd: (() => void) | undefined;

  /** Called once when the connection is gone, both sides of it. */
  onClose: (() => void) | undefined;

  /** @param options What carries the octets, and whom to, if the socket is not a TCP connection. */
  constructor(socket: Socket, { transport, peer }: { transport?: Flow; peer?: string } = {}) {
    this.#socket = socket;
    this.peer = peer ?? formatEndpoint(socket.remoteAddress ?? "?", socket.remotePort ?? 0);
    this.#transport = transport;
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
    if (this.isTls) this.#readIntoSharedBuffer();
  }

  /** Whether TLS is spoken here. */
  get isTls(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  /** Whether the peer has ended its side or the connection is gone. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How many octets have arrived, and how many have been written: over TLS, those inside it. */
  get received(): number {
    return this.#received;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Whether nothing can be written any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Has the socket read without allocating, for a stream that will carry much. Not before
   * {@linkcode detach}. Done already if the socket is a TLSSocket.
   */
  reuseReadBuffer(): void {
    if (!this.isTls) this.#readIntoSharedBuffer();
  }

  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#serveReaders();
    });
  }

  take(): Uint8Array | undefined {
    const bytes = this.#arrived.take();
    if (bytes !== undefined && this.#stopped && !this.hasUnread) {
      this.#stopped = false;
      if (this.#transport === undefined) startReading(this.#socket);
      else this.#transport.start();
    }
    return bytes;
  }

  unread(bytes: Uint8Array): void {
    this.#arrived.unread(bytes);
  }

  get hasUnread(): boolean {
    return this.#arrived.length > 0;
  }

  prefetch(): void {
    // The socket reads ahead by itself, up to the high-water mark.
  }

  /**
   * Never over TLS: Deno's node:tls ends a connection with close_notify and one that was cut off in
   * the same way.
   */
  get endIsCertain(): boolean {
    return !this.isTls;
  }

  get isReadable(): boolean {
    return this.hasUnread || this.#ended;
  }

  readable(): Promise<void> {
    if (this.isReadable) return Promise.resolve();
    return (this.#arrival ??= Promise.withResolvers()).promise;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#sent += bytes.length;
    this.writes.begin();
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        this.writes.end();
        if (error) reject(error);
        else resolve();
      });
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
    if (!this.isTls) this.#socket.resetAndDestroy();
    this.close();
  }

  /** Makes the pending read fail, or the next one; the connection stays as it is. */
  interrupt(): void {
    this.#interrupted = true;
    this.#serveReaders();
  }

  /** Gives its memory back if nothing waits; what the last read returned is no longer valid. */
  trim(): void {
    this.#arrived.trim();
  }

  /**
   * Takes the socket back for another reader, after which this stream is of no use.
   *
   * @returns The socket, paused, and what had arrived and was not read.
   */
  detach(): { socket: Socket; early: Uint8Array[] } {
    const socket = this.#socket;
    socket.pause();
    for (const [event, listener] of Object.entries(this.#listeners)) socket.off(event, listener);
    // Whoever takes the socket hears of an error by other ways, but one without a listener is fatal.
    socket.on("error", ignore);
    const early: Uint8Array[] = [];
    for (let bytes = this.#arrived.take(); bytes; bytes = this.#arrived.take()) early.push(bytes);
    return { socket, early };
  }

  #readIntoSharedBuffer(): void {
    readIntoSharedBuffer(this.#socket, (buffer, count) => this.#receive(buffer, count));
  }

  /** Gives the readers that wait what there is for them, first come, first served. */
  #serveReaders(): void {
    while (this.#readers.length > 0) {
      const outcome = this.#next();
      if (outcome === undefined) return;
      const reader = this.#readers.shift();
      if (outcome instanceof Error) reader?.reject(outcome);
      else reader?.resolve(outcome);
    }
  }

  /** What a read comes to: octets, the end, a failure; `undefined` as long as it has to wait. */
  #next(): Uint8Array | null | Error | undefined {
    if (this.#interrupted) {
      this.#interrupted = false;
      return new Error("interrupted");
    }
    const bytes = this.take();
    if (bytes !== undefined) return bytes;
    return this.#ended ? this.#failure ?? null : undefined;
  }

  #receive(bytes: Uint8Array, count: number): void {
    this.#received += count;
    this.#arrived.append(bytes, count);
    if (this.#arrived.length > HIGH_WATER_OCTETS && !this.#stopped) {
      this.#stopped = true;
      if (this.#transport === undefined) stopReading(this.#socket);
      else this.#transport.stop();
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
    this.#serveReaders();
    this.#arrival?.resolve();
    this.#arrival = undefined;
  }
}

function ignore(): void {}
