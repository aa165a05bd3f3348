import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { SocketStream } from "./socket_stream.ts";

/**
 * A stream in the form that node:tls takes for a transport, so that TLS can run inside TLS.
 *
 * It is not put on the outer TLSSocket itself, as then nothing would hold the sender back: pausing the
 * inner one does not stop the outer, and on Deno 2.9 an inner one that was paused does not go on.
 * Here the inner one is never paused. Instead no more is read for it.
 */
export class StreamDuplex extends Duplex {
  readonly #stream: SocketStream;
  #stopped = false;
  #wanted = false;

  constructor(stream: SocketStream) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
  }

  /** Reads no more for the time being; what is being read is still delivered. */
  stop(): void {
    this.#stopped = true;
  }

  /** Undoes {@linkcode stop}. */
  start(): void {
    this.#stopped = false;
    if (this.#wanted) this._read();
  }

  override _read(): void {
    this.#wanted = this.#stopped;
    if (this.#stopped) return;
    this.#stream.read().then((octets) => {
      // A copy: the view is valid until the next read, and this may wait for its reader.
      this.push(octets === null ? null : Buffer.from(octets));
    }, (error: Error) => this.destroy(error));
  }

  override _write(
    octets: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    this.#stream.write(octets).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.closeWrite().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.close();
    done(error);
  }
}
