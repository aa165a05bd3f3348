import type { Fields } from "./fields.ts";
import type { Framing } from "./framing.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { HeadLimits } from "./http1_head.ts";
import { WireError } from "./wire_error.ts";

/**
 * Takes the framing off a message body, whatever pieces it arrives in.
 *
 * Data is handed on as views of what was fed, and nothing is held back. What was fed belongs to the
 * decoder as far as it was taken: small chunks are moved together in it.
 */
export class BodyDecoder {
  readonly #framing: Framing;
  readonly #chunked: ChunkedDecoder | undefined;
  #remaining: number;
  #ended: boolean;

  /** @param trailerLimits Bounds the trailer section of a chunked body. */
  constructor(framing: Framing, trailerLimits: HeadLimits) {
    this.#framing = framing;
    this.#chunked = framing.kind === "chunked" ? new ChunkedDecoder(trailerLimits) : undefined;
    this.#remaining = framing.kind === "length" ? framing.length : 0;
    this.#ended = framing.kind === "none";
  }

  /** Whether the whole body has been decoded. */
  get done(): boolean {
    return this.#chunked?.done ?? this.#ended;
  }

  /** The trailer section of a chunked body, once it is done. */
  get trailers(): Fields | undefined {
    return this.#chunked?.trailers;
  }

  /**
   * Decodes what has arrived.
   *
   * @param data Receives views of `bytes`: the body's octets, in order.
   * @returns How many octets belong to this body; what follows them is the next message's.
   * @throws {WireError} if the chunked framing is malformed.
   */
  decode(bytes: Uint8Array, data: Uint8Array[]): number {
    if (this.#chunked !== undefined) return this.#chunked.decode(bytes, data);
    if (this.#ended || bytes.length === 0) return 0;
    if (this.#framing.kind === "close") {
      data.push(bytes);
      return bytes.length;
    }
    const taken = Math.min(this.#remaining, bytes.length);
    data.push(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    this.#remaining -= taken;
    this.#ended = this.#remaining === 0;
    return taken;
  }

  /**
   * Says that the connection has ended.
   *
   * @throws {WireError} if the body has not: RFC 9112 section 8, an incomplete message.
   */
  end(): void {
    if (this.#framing.kind === "close") this.#ended = true;
    if (!this.done) {
      throw new WireError("Cannot decode the body: the connection ended before it did");
    }
  }
}
