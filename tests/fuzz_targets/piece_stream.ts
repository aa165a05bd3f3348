import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import { WriteProgress } from "../../src/proxy/write_progress.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";

/** The most that one read brings, as from a TLS record. */
const bufferBytes = 64 * 1024;

/** A stream that brings the given pieces, all in one buffer, as a view's short life allows. */
export class PieceStream implements ByteStream {
  readonly peer = "192.0.2.1:443";
  readonly #pieces: string[];
  readonly #buffer = new Uint8Array(bufferBytes);
  /** How much of the buffer the last piece took. */
  #used = 0;
  #back: Uint8Array[] = [];

  constructor(pieces: readonly string[]) {
    this.#pieces = pieces.filter((piece) => piece !== "");
  }

  get hasUnread(): boolean {
    return this.#back.length > 0;
  }

  read(): Promise<Uint8Array | null> {
    const back = this.#back.pop();
    if (back !== undefined) return Promise.resolve(back);
    const piece = this.#pieces.shift();
    if (piece === undefined) return Promise.resolve(null);
    this.#buffer.fill(0x21, 0, this.#used).set(encodeLatin1(piece));
    this.#used = piece.length;
    return Promise.resolve(this.#buffer.subarray(0, piece.length));
  }

  take(): Uint8Array | undefined {
    return this.#back.pop();
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#back.push(bytes);
  }

  readonly endIsCertain = true;
  readonly writes = new WriteProgress();

  /** The next piece, or the end. */
  readonly isReadable = true;

  prefetch(): void {}
  readable = () => Promise.resolve();
  write = () => Promise.resolve();
  closeWrite = () => Promise.resolve();
  close(): void {}
}
