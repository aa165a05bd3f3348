import { WireError } from "./wire_error.ts";

/** What a piece of a stream of frames holds, one after the other. */
export type SpdyPart =
  /** A frame's header, as it came. */
  | { readonly kind: "header"; readonly octets: Uint8Array }
  /** A view of what was fed. `last` if the frame ends with it. */
  | { readonly kind: "payload"; readonly octets: Uint8Array; readonly last: boolean };

/** Every header has it (SPDY Protocol, Draft 3.1, section 2.2). */
const HEADER_SIZE = 8;
const VERSION = 3;
/** FLAG_FIN, the only flag of a data frame (section 2.2.2). */
const FIN = 0x01;

/**
 * Reads the frames of SPDY/3.1 (SPDY Protocol, Draft 3.1, section 2.2), whatever pieces they arrive in:
 * where each ends, not what it means.
 */
export class SpdyFrameReader {
  readonly #header = new Uint8Array(HEADER_SIZE);
  #headerLength = 0;
  #left = 0;

  /**
   * Reads on.
   *
   * @param parts Receives what the octets hold.
   * @throws {WireError} on what is no frame of this version: a control frame of another one, data of
   *   stream 0 or with an unknown flag. (SPDY/2 had one for compressed data.)
   */
  read(octets: Uint8Array, parts: SpdyPart[]): void {
    let at = 0;
    while (at < octets.length) {
      if (this.#left > 0) {
        const end = Math.min(octets.length, at + this.#left);
        this.#left -= end - at;
        parts.push({
          kind: "payload",
          octets: octets.subarray(at, end),
          last: this.#left === 0,
        });
        at = end;
        continue;
      }
      this.#header[this.#headerLength++] = octets[at++] ?? 0;
      if (this.#headerLength < HEADER_SIZE) continue;
      this.#headerLength = 0;
      const header = this.#header.slice();
      this.#left = payloadLength(header);
      parts.push({ kind: "header", octets: header });
    }
  }
}

function payloadLength(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  const first = view.getUint32(0);
  const flags = view.getUint8(4);
  if (first >= 0x8000_0000) {
    const version = first >>> 16 & 0x7fff;
    if (version !== VERSION) throw refusal(`a control frame of version ${version}`);
  } else {
    if (first === 0) throw refusal("data of stream 0");
    if ((flags & ~FIN) !== 0) throw refusal("data with an unknown flag");
  }
  return view.getUint32(4) & 0xff_ffff;
}

function refusal(state: string): WireError {
  return new WireError(`Cannot read a SPDY frame: ${state}`);
}
