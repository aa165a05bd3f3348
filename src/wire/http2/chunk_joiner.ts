import type { OctetBuffer } from "../octet_buffer.ts";

/**
 * Writes content in chunks (RFC 9112 section 7.1), for a reader in this process: one chunk for all
 * pieces that come before what is there is taken, so that pieces of an octet each do not take six.
 */
export class ChunkJoiner {
  /** Where the last chunk ends, if it may still grow; -1 if not. */
  #end = -1;
  #start = 0;

  /** Appends a piece; the last chunk grows by it unless something else has been appended after it. */
  append(out: OctetBuffer, piece: Uint8Array): void {
    if (out.length === this.#end) out.shorten(CRLF.length);
    else {
      this.#start = out.length;
      out.text(UNKNOWN_SIZE + CRLF);
    }
    out.bytes(piece);
    const size = out.length - this.#start - UNKNOWN_SIZE.length - CRLF.length;
    out.overwrite(this.#start, size.toString(16).padStart(UNKNOWN_SIZE.length, "0"));
    out.text(CRLF);
    this.#end = out.length;
  }

  /** Says that what was written has been taken: the last chunk grows no more. */
  taken(): void {
    this.#end = -1;
  }
}

const CRLF = "\r\n";

/** As many digits as the largest window has. */
const UNKNOWN_SIZE = "00000000";
