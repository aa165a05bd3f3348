import { Fields } from "./fields.ts";
import { findHeadEnd, type HeadLimits } from "./http1_head.ts";
import { CR, HTAB, isFieldOctet, LF } from "./octets.ts";
import { HeadTooLargeError, WireError } from "./wire_error.ts";

/** Far more than any sender uses; an extension has no meaning for us and is not passed on. */
const MAX_EXTENSION_OCTETS = 256;
/** 2^52: the largest size whose next digit still gives a safe integer. */
const MAX_SIZE_BEFORE_DIGIT = 2 ** 48;

type State =
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailers"
  | "done";

/**
 * Decodes the chunked transfer coding (RFC 9112 section 7.1), octet by octet outside the data.
 *
 * We are stricter than the RFC: no white space around the size, and extensions are dropped and
 * bounded. Sizes over 2^52 are refused, so that no overflow can hide octets.
 */
export class ChunkedDecoder {
  readonly #limits: HeadLimits;
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #extensionOctets = 0;
  #trailerBytes: Uint8Array = new Uint8Array(0);
  #trailers: Fields | undefined;

  constructor(trailerLimits: HeadLimits) {
    this.#limits = trailerLimits;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  /** The trailer section, once {@linkcode done}; undefined if it was empty. */
  get trailers(): Fields | undefined {
    return this.#trailers;
  }

  /** See `BodyDecoder.decode()`. */
  decode(bytes: Uint8Array, data: Uint8Array[]): number {
    const run = { start: 0, end: 0 };
    let at = 0;
    while (at < bytes.length && this.#state !== "done") {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#size);
        takeData(bytes, { at, end, run, data });
        this.#size -= end - at;
        if (this.#size === 0) this.#state = "data-cr";
        at = end;
      } else if (this.#state === "trailers") at = this.#takeTrailers(bytes, at);
      else this.#takeOctet(bytes[at++] ?? 0);
    }
    if (run.end > run.start) data.push(bytes.subarray(run.start, run.end));
    return at;
  }

  #takeOctet(octet: number): void {
    switch (this.#state) {
      case "size":
        return this.#takeSizeOctet(octet);
      case "extension":
        return this.#takeExtensionOctet(octet);
      case "size-lf":
        expect(octet, LF);
        this.#state = this.#size === 0 ? "trailers" : "data";
        return;
      case "data-cr":
        expect(octet, CR);
        this.#state = "data-lf";
        return;
      default:
        expect(octet, LF);
        this.#state = "size";
        this.#digits = 0;
    }
  }

  #takeSizeOctet(octet: number): void {
    const digit = hexDigit(octet);
    if (digit >= 0) {
      if (this.#size >= MAX_SIZE_BEFORE_DIGIT || this.#digits === 16) {
        throw new WireError("Cannot decode the body: a chunk size is too large");
      }
      this.#size = this.#size * 16 + digit;
      this.#digits++;
      return;
    }
    if (this.#digits === 0) {
      throw new WireError("Cannot decode the body: a chunk size has no digit");
    }
    if (octet === CR) this.#state = "size-lf";
    else if (octet === SEMICOLON) {
      this.#state = "extension";
      this.#extensionOctets = 0;
    } else throw new WireError("Cannot decode the body: a chunk size is not a hexadecimal number");
  }

  #takeExtensionOctet(octet: number): void {
    if (octet === CR) {
      this.#state = "size-lf";
    } else if (!isFieldOctet(octet) && octet !== HTAB) {
      throw new WireError("Cannot decode the body: a control character in a chunk extension");
    } else if (++this.#extensionOctets > MAX_EXTENSION_OCTETS) {
      throw new WireError("Cannot decode the body: a chunk extension is too long");
    }
  }

  #takeTrailers(bytes: Uint8Array, at: number): number {
    const before = this.#trailerBytes.length;
    const section = concat(this.#trailerBytes, bytes.subarray(at, at + this.#limits.maxBytes));
    if (section.length >= 2 && section[0] === CR && section[1] === LF) {
      this.#state = "done";
      return at + 2 - before;
    }
    if (section.length === 1 && section[0] === CR) {
      this.#trailerBytes = section;
      return bytes.length;
    }
    const end = findTrailerEnd(section, { scanned: before, limits: this.#limits });
    if (end < 0) {
      this.#trailerBytes = section;
      return bytes.length;
    }
    const { maxFieldLines: maxLines } = this.#limits;
    this.#trailers = Fields.parse(section, { start: 0, end: end - 2, maxLines });
    this.#state = "done";
    return at + end - before;
  }
}

const SEMICOLON = 0x3b;
/** Chunks that are no longer are moved together: a view of each would cost more than it holds. */
const SMALL_CHUNK = 256;

/**
 * Adds octets of a chunk to the run of those before it, over the framing between them, which has been
 * read; or begins another run.
 */
function takeData(
  bytes: Uint8Array,
  { at, end, run, data }: {
    at: number;
    end: number;
    run: { start: number; end: number };
    data: Uint8Array[];
  },
): void {
  if (run.end > run.start && end - at <= SMALL_CHUNK) {
    bytes.copyWithin(run.end, at, end);
    run.end += end - at;
    return;
  }
  if (run.end > run.start) data.push(bytes.subarray(run.start, run.end));
  run.start = at;
  run.end = end;
}

function findTrailerEnd(
  section: Uint8Array,
  { scanned, limits }: { scanned: number; limits: HeadLimits },
): number {
  try {
    return findHeadEnd(section, scanned, limits);
  } catch (error) {
    if (!(error instanceof HeadTooLargeError)) throw error;
    throw new WireError("Cannot decode the body: the trailer section is too large");
  }
}

function expect(octet: number, wanted: number): void {
  if (octet !== wanted) throw new WireError("Cannot decode the body: a chunk does not end in CRLF");
}

function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b.slice();
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
