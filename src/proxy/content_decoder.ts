import type { BrotliDecompress, Gunzip, Inflate, InflateRaw } from "node:zlib";
import type { ContentCoding } from "../policy/accept_encoding.ts";
import { WireError } from "../wire/wire_error.ts";

/** How much is decoded at a time, in octets: what a few coded octets can grow to waits in the coding. */
const OUTPUT_OCTETS = 64 * 1024;

type Decompressor = Gunzip | Inflate | InflateRaw | BrotliDecompress;

/**
 * Takes the content coding (RFC 9110 section 8.4) off a body as it arrives. What is decoded is handed
 * on before more is, so that a few octets that stand for gigabytes take no memory.
 */
export class ContentDecoder {
  readonly #coding: ContentCoding;
  #stream: Decompressor | undefined;
  #failure: Error | undefined;
  #ended = false;
  #wake: () => void = () => {};

  constructor(coding: ContentCoding) {
    this.#coding = coding;
  }

  /**
   * Decodes what has arrived.
   *
   * @returns The decoded octets, in pieces that are the caller's.
   * @throws {WireError} if they are malformed.
   */
  async *decode(piece: Uint8Array): AsyncGenerator<Uint8Array> {
    if (piece.length === 0) return;
    const stream = this.#stream ??= this.#open(await import("node:zlib"), piece);
    let taken = false;
    stream.write(piece, () => {
      taken = true;
      this.#wake();
    });
    yield* this.#outputUntil(stream, () => taken);
  }

  /**
   * Decodes what is left once the body has ended.
   *
   * @throws {WireError} if the coding has not ended with it.
   */
  async *end(): AsyncGenerator<Uint8Array> {
    const stream = this.#stream;
    // No octets at all are no coding either, but some services send that for an empty body.
    if (stream === undefined) return;
    stream.end();
    yield* this.#outputUntil(stream, () => this.#ended);
  }

  /** Gives up; closing twice is harmless. */
  close(): void {
    this.#stream?.destroy();
  }

  async *#outputUntil(stream: Decompressor, isDone: () => boolean): AsyncGenerator<Uint8Array> {
    while (true) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const output: Uint8Array | null = stream.read();
      if (this.#failure !== undefined) {
        throw new WireError(`Cannot decode the body: it is not in ${this.#coding}`);
      }
      if (output !== null) yield output;
      else if (isDone()) return;
      else await promise;
    }
  }

  #open(zlib: typeof import("node:zlib"), first: Uint8Array): Decompressor {
    const options = { chunkSize: OUTPUT_OCTETS, highWaterMark: OUTPUT_OCTETS };
    const stream = open(this.#coding, { zlib, options, first });
    const wake = () => this.#wake();
    stream.on("readable", wake);
    stream.on("end", () => {
      this.#ended = true;
      wake();
    });
    stream.on("error", (error) => {
      this.#failure = error;
      wake();
    });
    return stream;
  }
}

function open(
  coding: ContentCoding,
  { zlib, options, first }: {
    zlib: typeof import("node:zlib");
    options: { chunkSize: number; highWaterMark: number };
    first: Uint8Array;
  },
): Decompressor {
  switch (coding) {
    case "gzip":
      return zlib.createGunzip(options);
    case "br":
      return zlib.createBrotliDecompress(options);
    case "zstd":
      return zlib.createZstdDecompress(options);
    case "deflate":
      // RFC 9110 section 8.4.1.2 means the zlib format; some send the bare one all the same.
      return hasZlibHeader(first) ? zlib.createInflate(options) : zlib.createInflateRaw(options);
  }
}

/** RFC 1950 section 2.2: method 8, and a header that is a multiple of 31. */
function hasZlibHeader([first = 0, second]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (second === undefined || (first << 8 | second) % 31 === 0);
}
