import {
  type FrameHeader,
  type FramePart,
  isControl,
  WebSocketFrameReader,
} from "../wire/websocket_frames.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Redactor } from "./redact.ts";

/** Something that goes between the payload octets of a message: a frame's header, a control frame. */
interface Insertion {
  /** How many payload octets of the message go before it. */
  readonly after: number;
  readonly octets: Uint8Array;
}

/**
 * So many frames may come between held octets, of which there are fewer than a credential has. More
 * would be kept for as long as the message does not go on.
 */
const MAX_INSERTIONS = 256;

/**
 * Overwrites the credentials in what a WebSocket server sends: in control frames, and in messages,
 * however they are fragmented. One that is spread over two messages is not recognised: a message is
 * passed on when it ends.
 */
export class WebSocketRedactor {
  readonly #redactor: Redactor;
  readonly #frames = new WebSocketFrameReader("server");
  #header: FrameHeader | undefined;
  /** The payload of a control frame, as far as it has come. */
  #control: number[] = [];
  /** Payload octets of the message: those that have gone into the redactor, and out of it. */
  #taken = 0;
  #passed = 0;
  #insertions: Insertion[] = [];

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /**
   * Takes the next octets of the stream.
   *
   * @param out Receives what can be passed on.
   * @throws {WireError} if they are no frames, or too many interrupt what may be a credential.
   */
  push(octets: Uint8Array, out: Uint8Array[]): void {
    const parts: FramePart[] = [];
    this.#frames.read(octets, parts);
    for (const part of parts) {
      if (part.kind === "header") this.#takeHeader(part.header, out);
      else this.#takePayload(part, out);
    }
  }

  #takeHeader(header: FrameHeader, out: Uint8Array[]): void {
    this.#header = header;
    if (!isControl(header)) this.#insert(header.octets, out);
  }

  #takePayload(
    { octets, last }: { readonly octets: Uint8Array; readonly last: boolean },
    out: Uint8Array[],
  ): void {
    const header = this.#header;
    if (header === undefined) return;
    if (isControl(header)) {
      this.#control.push(...octets);
      if (!last) return;
      const payload = Uint8Array.from(this.#control);
      this.#control = [];
      this.#redactor.whole(payload);
      this.#insert(Uint8Array.from([...header.octets, ...payload]), out);
      return;
    }
    this.#taken += octets.length;
    const passed: Uint8Array[] = [];
    this.#redactor.push(octets, passed);
    if (last && header.fin) this.#redactor.end(passed);
    for (const piece of passed) this.#pass(piece, out);
    if (last && header.fin) {
      this.#taken = 0;
      this.#passed = 0;
    }
  }

  /** Puts octets where the message has got to: at once, if none of its payload is held. */
  #insert(octets: Uint8Array, out: Uint8Array[]): void {
    if (this.#passed === this.#taken) return void out.push(octets);
    if (this.#insertions.length === MAX_INSERTIONS) {
      throw new WireError("Cannot pass frames on: too many of them interrupt a message");
    }
    this.#insertions.push({ after: this.#taken, octets });
  }

  #pass(piece: Uint8Array, out: Uint8Array[]): void {
    let rest = piece;
    while (true) {
      const [next] = this.#insertions;
      const upTo = next === undefined ? rest.length : next.after - this.#passed;
      if (next === undefined || upTo > rest.length) break;
      if (upTo > 0) out.push(rest.subarray(0, upTo));
      out.push(next.octets);
      this.#insertions.shift();
      this.#passed += upTo;
      rest = rest.subarray(upTo);
    }
    if (rest.length > 0) out.push(rest);
    this.#passed += rest.length;
  }
}
