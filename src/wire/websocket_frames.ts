import { WireError } from "./wire_error.ts";

/** The header of a WebSocket frame (RFC 6455 section 5.2). */
export interface FrameHeader {
  /** The last frame of its message. */
  readonly fin: boolean;
  readonly opcode: number;
  /** How many payload octets follow. */
  readonly length: number;
  /** The header as it came. */
  readonly octets: Uint8Array;
}

/** What a piece of a stream of frames holds, one after the other. */
export type FramePart =
  | { readonly kind: "header"; readonly header: FrameHeader }
  /** A view of what was fed. `last` if the frame ends with it. */
  | { readonly kind: "payload"; readonly octets: Uint8Array; readonly last: boolean };

/** Whether frames of this opcode are control frames, which may stand between those of a message. */
export function isControl({ opcode }: FrameHeader): boolean {
  return opcode >= 8;
}

/** Reads the frames that one side sends, whatever pieces they arrive in. */
export class WebSocketFrameReader {
  readonly #sender: "client" | "server";
  readonly #extended: boolean;
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerLength = 0;
  #left = 0;
  /** The message that has begun goes on with continuation frames (section 5.4). */
  #inMessage = false;

  /** @param options `extended`: an extension was agreed upon, which may use the reserved bits. */
  constructor(sender: "client" | "server", options: { extended: boolean } = { extended: false }) {
    this.#sender = sender;
    this.#extended = options.extended;
  }

  /**
   * Reads on.
   *
   * @param parts Receives what the octets hold; a client's payload is masked in them.
   * @throws {WireError} on a frame that may not be sent where no extension was agreed upon: a server's
   *   that is masked or a client's that is not (section 5.1), one with a reserved bit or opcode (5.2), a control frame that is long or
   *   fragmented (5.5), a message inside another (5.4), a length not in its shortest form (5.2).
   */
  read(octets: Uint8Array, parts: FramePart[]): void {
    let at = 0;
    while (at < octets.length) {
      if (this.#left > 0) {
        const end = Math.min(octets.length, at + this.#left);
        this.#left -= end - at;
        const last = this.#left === 0;
        parts.push({ kind: "payload", octets: octets.subarray(at, end), last });
        at = end;
        continue;
      }
      this.#header[this.#headerLength++] = octets[at++] ?? 0;
      if (this.#headerLength === 2) this.#checkStart();
      if (this.#headerLength < this.#headerSize()) continue;
      const header = this.#parse();
      parts.push({ kind: "header", header });
      this.#left = header.length;
      // A frame without a payload ends at once.
      if (this.#left === 0) parts.push({ kind: "payload", octets: empty, last: true });
    }
  }

  /** How many octets the header has, as far as the first of them tell. */
  #headerSize(): number {
    if (this.#headerLength < 2) return 2;
    const length = (this.#header[1] ?? 0) & 0x7f;
    const unmasked = length === 127 ? 10 : length === 126 ? 4 : 2;
    return this.#sender === "client" ? unmasked + MASK_SIZE : unmasked;
  }

  #checkStart(): void {
    const [first = 0, second = 0] = this.#header;
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0 && !this.#extended) throw refusal("a reserved bit is set");
    if (((second & 0x80) !== 0) !== (this.#sender === "client")) {
      throw refusal("a server's frame is masked, or a client's is not");
    }
    if (opcode > 10 || (opcode > 2 && opcode < 8)) throw refusal(`opcode ${opcode}`);
  }

  #parse(): FrameHeader {
    const octets = this.#header.slice(0, this.#headerLength);
    this.#headerLength = 0;
    const [first = 0] = octets;
    const fin = (first & 0x80) !== 0;
    const opcode = first & 0x0f;
    const length = lengthOf(octets);
    const header = { fin, opcode, length, octets };
    if (isControl(header)) {
      if (!fin || length > 125) throw refusal("a control frame is long or fragmented");
    } else {
      if ((opcode === 0) !== this.#inMessage) throw refusal("a frame is not where it may be");
      this.#inMessage = !fin;
    }
    return header;
  }
}

const empty = new Uint8Array(0);
const LONGEST_HEADER = 14;
const MASK_SIZE = 4;

function lengthOf(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  const short = view.getUint8(1) & 0x7f;
  if (short < 126) return short;
  if (short === 126) {
    const length = view.getUint16(2);
    if (length < 126) throw refusal("its length is not in the shortest form");
    return length;
  }
  const length = Number(view.getBigUint64(2));
  if (!Number.isSafeInteger(length)) throw refusal("its length is too large");
  if (length < 65_536) throw refusal("its length is not in the shortest form");
  return length;
}

function refusal(state: string): WireError {
  return new WireError(`Cannot read a WebSocket frame: ${state}`);
}
