import { SpdyFrameReader, type SpdyPart } from "../wire/spdy_frames.ts";
import type { Redactor } from "./redact.ts";

/**
 * Overwrites the credentials in what a SPDY/3.1 server sends. A mask is as long as what it masks, so
 * no frame's length changes.
 *
 * Each frame is searched by itself, and passed on when it ends: the prompt of a shell must not wait for
 * what is typed after it. So a credential that is spread over two frames is not recognised. Neither is
 * one in a header block, which is compressed.
 */
export class SpdyRedactor {
  readonly #redactor: Redactor;
  readonly #frames = new SpdyFrameReader();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /**
   * Takes the next octets of the stream.
   *
   * @param out Receives what can be passed on.
   * @throws {WireError} if they are no frames.
   */
  push(octets: Uint8Array, out: Uint8Array[]): void {
    const parts: SpdyPart[] = [];
    this.#frames.read(octets, parts);
    for (const part of parts) {
      if (part.kind === "header") out.push(part.octets);
      else {
        this.#redactor.push(part.octets, out);
        if (part.last) this.#redactor.end(out);
      }
    }
  }
}
