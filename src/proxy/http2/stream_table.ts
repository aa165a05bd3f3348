import { ConnectionError } from "../../wire/http2/http2_error.ts";
import type { HeaderList } from "../../wire/http2/hpack_decoder.ts";
import type { StreamError } from "../../wire/http2/http2_error.ts";
import type { ReceiveWindow } from "./receive_window.ts";
import type { Sender } from "./send_queue.ts";

/** A stream as its session sees it. */
export interface SessionStream extends Sender {
  /** One of ours has none, which is 0, before it has said anything: numbers rise on the wire. */
  id: number;
  /** Whether it is over, and merely waits for whoever uses it to let go. */
  readonly ended: boolean;
  readonly window: ReceiveWindow;
  /** Whether the peer may send no more, as it has ended its side. */
  readonly peerEnded: boolean;
  /** @throws {StreamError} or {WireError} if that is no part of a message. */
  receiveSection(list: HeaderList, end: boolean): void;
  /** @throws as {@linkcode receiveSection}. */
  receiveData(octets: Uint8Array, end: boolean): void;
  /** The stream is over before its messages are. */
  fail(error: StreamError): void;
}

/**
 * The streams of one connection, by number (RFC 9113 section 5.1.1): clients open all of them, with odd
 * numbers that rise.
 */
export class StreamTable {
  readonly #streams = new Map<number, SessionStream>();
  /** Those of ours that have said nothing yet: the peer does not know of them. */
  readonly #unopened = new Set<SessionStream>();
  /** The highest number so far. */
  #lastId: number;

  /** @param options `opensStreams`: we are the client. */
  constructor({ opensStreams }: { opensStreams: boolean }) {
    this.#lastId = opensStreams ? -1 : 0;
  }

  /** How many streams are under way. */
  get size(): number {
    return this.#streams.size + this.#unopened.size;
  }

  /** Whether there are numbers left for another stream of ours. */
  get hasNumbers(): boolean {
    return this.#lastId + 2 * this.#unopened.size < MAX_STREAM_ID;
  }

  all(): SessionStream[] {
    return [...this.#streams.values(), ...this.#unopened];
  }

  add(stream: SessionStream): void {
    if (stream.id === 0) this.#unopened.add(stream);
    else this.#streams.set(stream.id, stream);
  }

  /** Gives a stream of ours its number, if it has none: it is about to say something. */
  number(stream: SessionStream): void {
    if (!this.#unopened.delete(stream)) return;
    stream.id = this.#lastId += 2;
    this.#streams.set(stream.id, stream);
  }

  /** @returns Whether it was there. */
  remove(stream: SessionStream): boolean {
    return this.#unopened.delete(stream) || this.#streams.delete(stream.id);
  }

  /**
   * Whether a field section with that number asks for a new stream.
   *
   * @throws {ConnectionError} if it is no number that a client may take.
   */
  opens(streamId: number): boolean {
    if (streamId <= this.#lastId) return false;
    if (streamId % 2 === 0) throw new ConnectionError("protocol_error", "an even stream number");
    this.#lastId = streamId;
    return true;
  }

  /**
   * The stream with that number, unless it is over.
   *
   * @throws {ConnectionError} if there never was such a stream (RFC 9113 section 5.1).
   */
  find(streamId: number): SessionStream | undefined {
    const stream = this.#streams.get(streamId);
    if (stream?.ended === false) return stream;
    if (streamId % 2 === 0 || streamId > this.#lastId) {
      throw new ConnectionError("protocol_error", "a frame on a stream that was never opened");
    }
    return undefined;
  }
}

const MAX_STREAM_ID = 2 ** 31 - 3;
