/**
 * Streams of HTTP/2 in the form of HTTP/1.1. Past 300 lines, because both directions end together: what
 * one has seen decides how the other may be given up.
 *
 * @module
 */
import { ArrivalBuffer } from "../../wire/arrival_buffer.ts";
import { BodyDecoder } from "../../wire/body_decoder.ts";
import { type Fields } from "../../wire/fields.ts";
import type { Framing } from "../../wire/framing.ts";
import { findHeadEnd, type HeadLimits } from "../../wire/http1_head.ts";
import { ChunkJoiner } from "../../wire/http2/chunk_joiner.ts";
import { writeTrailerSection } from "../../wire/http2/from_http1.ts";
import type { HeaderList } from "../../wire/http2/hpack_decoder.ts";
import { errorCodes, StreamError } from "../../wire/http2/http2_error.ts";
import { type Content, writeTrailers } from "../../wire/http2/to_http1.ts";
import { OctetBuffer } from "../../wire/octet_buffer.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { ClientStream } from "../client_stream.ts";
import { WriteProgress } from "../write_progress.ts";
import type { ReceiveWindow } from "./receive_window.ts";
import type { Sender } from "./send_queue.ts";
import type { Http2Session } from "./session.ts";
import type { SessionStream } from "./stream_table.ts";

/** A head that was written, as it leaves. */
export interface OutgoingHead {
  /** How what follows is framed. */
  readonly framing: Framing;
  /** Whether another head follows, of the same message's. */
  readonly interim: boolean;
}

/**
 * One stream of HTTP/2 in the form of a connection of HTTP/1.1 that carries one exchange.
 *
 * What is read is the peer's message as HTTP/1.1 would have it, and what is written there leaves as
 * frames: so whoever handles an exchange has one form to handle, and one parser sees every message.
 *
 * A head is to be written in one piece, with or without what follows it.
 */
export abstract class MessageStream implements ClientStream, SessionStream {
  id: number;
  readonly peer: string;
  sendWindow: number;
  readonly window: ReceiveWindow;
  parcel: Sender["parcel"];
  readonly writes: WriteProgress = new WriteProgress();
  received = 0;
  sent = 0;
  onEnd: (() => void) | undefined;
  onClose: (() => void) | undefined;
  protected readonly session: Http2Session;
  readonly #trailerLimits: HeadLimits;
  readonly #arrived = new ArrivalBuffer();
  readonly #chunks = new ChunkJoiner();
  /** Octets of content that have arrived, and whose room the peer has not been given back. */
  #unread = 0;
  #content: Content | undefined;
  #remaining = 0;
  #peerEnded = false;
  #failure: StreamError | undefined;
  #arrival: PromiseWithResolvers<void> | undefined;
  #body: BodyDecoder | undefined;
  #sentAll = false;
  #closed = false;

  constructor(
    session: Http2Session,
    { id, trailerLimits }: { id: number; trailerLimits: HeadLimits },
  ) {
    this.id = id;
    this.session = session;
    this.peer = session.io.peer;
    this.#trailerLimits = trailerLimits;
    const { sendWindow, window } = session.windows();
    this.sendWindow = sendWindow;
    this.window = window;
  }

  /** Takes a head of the peer's. Not called for what follows the last one. */
  protected abstract receiveHead(
    list: HeaderList,
    end: boolean,
  ): Content & { readonly interim: boolean };

  /** Appends a head in the form of HTTP/2. */
  protected abstract composeHead(octets: Uint8Array, block: OctetBuffer): OutgoingHead;

  /** Where a head that the peer has sent is to go, if it is to be read here. */
  protected get incoming(): OctetBuffer {
    return this.#arrived.tail;
  }

  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  receiveSection(list: HeaderList, end: boolean): void {
    if (list.tooLarge) throw new WireError("Cannot accept the field section: it is too large");
    if (this.#content === undefined) {
      const { interim, ...content } = this.receiveHead(list, end);
      if (!interim) this.startContent(content, end);
    } else {
      if (!end) throw new WireError("Cannot accept the message: a second head");
      this.#finish(list);
    }
    this.#notify();
  }

  receiveData(octets: Uint8Array, end: boolean): void {
    const { length } = octets;
    if (this.#content === undefined) throw new WireError("Cannot accept the message: no head");
    this.received += length;
    if (length > 0) this.#append(octets, this.#content);
    if (end) this.#finish(undefined);
    this.#notify();
  }

  fail(error: StreamError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#notify();
    this.onEnd?.();
    this.onClose?.();
  }

  /** Says how the peer's message goes on after its head, if it does. */
  protected startContent(content: Content, end: boolean): void {
    this.#content = content;
    this.#remaining = content.kind === "length" ? content.length : 0;
    if (end) this.#finish(undefined);
  }

  #append(octets: Uint8Array, { kind }: Content): void {
    const { tail } = this.#arrived;
    this.#unread += octets.length;
    tail.reserve(octets.length + CHUNK_FRAMING);
    if (kind === "chunked") return this.#chunks.append(tail, octets);
    this.#remaining -= octets.length;
    if (this.#remaining < 0) throw new WireError("Cannot accept the message: longer than it says");
    tail.bytes(octets);
  }

  #finish(trailers: HeaderList | undefined): void {
    if (this.#remaining > 0) throw new WireError("Cannot accept the message: shorter than it says");
    const { tail } = this.#arrived;
    const isChunked = this.#content?.kind === "chunked";
    if (isChunked) tail.text("0\r\n");
    // Where the length is known beforehand, HTTP/1.1 has no place for trailers.
    if (trailers !== undefined) {
      writeTrailers(isChunked ? tail : new OctetBuffer(0), trailers.fields);
    }
    if (isChunked) tail.text("\r\n");
    this.#peerEnded = true;
  }

  get ended(): boolean {
    return this.#failure !== undefined;
  }

  get broken(): boolean {
    return this.#failure !== undefined;
  }

  async read(): Promise<Uint8Array | null> {
    while (true) {
      const octets = this.take();
      if (octets !== undefined) return octets;
      if (this.#peerEnded) return null;
      if (this.#failure !== undefined) throw this.#failure;
      await this.readable();
    }
  }

  take(): Uint8Array | undefined {
    const octets = this.#arrived.take();
    this.#chunks.taken();
    if (octets === undefined || this.#unread === 0) return octets;
    const unread = this.#unread;
    this.#unread = 0;
    this.session.consumed(this, unread);
    return octets;
  }

  unread(octets: Uint8Array): void {
    this.#arrived.unread(octets);
  }

  get hasUnread(): boolean {
    return this.#arrived.length > 0;
  }

  readonly endIsCertain = true;

  prefetch(): void {
    // The session reads ahead for all its streams, as far as their windows go.
  }

  get isReadable(): boolean {
    return this.hasUnread || this.#peerEnded || this.#failure !== undefined;
  }

  readable(): Promise<void> {
    if (this.isReadable) return Promise.resolve();
    return (this.#arrival ??= Promise.withResolvers()).promise;
  }

  async write(octets: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.writes.begin();
    try {
      this.sent += octets.length;
      if (this.#body === undefined) await this.#writeHead(octets);
      else await this.#writeBody(this.#body, octets);
    } finally {
      this.writes.end();
    }
  }

  async #writeHead(octets: Uint8Array): Promise<void> {
    // Field sections have no window.
    while (this.session.isCongested) await this.session.congestionEnd();
    if (this.#failure !== undefined) throw this.#failure;
    const end = findHeadEnd(octets, 0, whole);
    const { block } = this.session;
    block.clear();
    const { framing, interim } = this.composeHead(octets.subarray(0, end), block);
    const rest = octets.subarray(end);
    if (interim) return this.session.sendSection(this, { block: block.view(), end: false });
    const body = new BodyDecoder(framing, this.#trailerLimits);
    this.#body = body;
    const data: Uint8Array[] = [];
    body.decode(rest, data);
    const isWhole = body.done && data.length === 0 && !hasLines(body.trailers);
    this.session.sendSection(this, { block: block.view(), end: isWhole });
    if (isWhole) this.#sentAll = true;
    else await this.#sendParts(body, data);
  }

  async #writeBody(body: BodyDecoder, octets: Uint8Array): Promise<void> {
    const data: Uint8Array[] = [];
    body.decode(octets, data);
    await this.#sendParts(body, data);
  }

  async #sendParts(body: BodyDecoder, data: readonly Uint8Array[]): Promise<void> {
    const trailers = body.done && hasLines(body.trailers) ? body.trailers : undefined;
    const ends = body.done && trailers === undefined;
    const parts = data.length === 0 && ends ? [noOctets] : data;
    for (const [index, octets] of parts.entries()) {
      const end = ends && index === parts.length - 1;
      await this.session.sendData(this, { octets, end });
      if (end) this.#sentAll = true;
    }
    if (trailers === undefined) return;
    while (this.session.isCongested) await this.session.congestionEnd();
    if (this.#failure !== undefined) throw this.#failure;
    const { block } = this.session;
    block.clear();
    writeTrailerSection(block, trailers, this.session.encoder);
    this.session.sendSection(this, { block: block.view(), end: true });
    this.#sentAll = true;
  }

  /** The message that is written says itself where it ends: one that has not is given up. */
  closeWrite(): Promise<void> {
    if (!this.#sentAll) this.abort();
    else this.close();
    return Promise.resolve();
  }

  close(): void {
    // RFC 9113 section 8.1: what is left of a request is not wanted, and its answer holds.
    const answered = this.session.isServer && this.#sentAll;
    this.#close(answered ? errorCodes.no_error : errorCodes.cancel);
  }

  abort(cause?: unknown): void {
    const code = cause instanceof StreamError ? cause.code : errorCodes.no_error;
    // NO_ERROR could be taken for the end of a whole message.
    this.#close(code === errorCodes.no_error ? errorCodes.internal_error : code);
  }

  /** Gives the stream up, with this code if a message is not whole in either direction. */
  #close(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    const isWhole = this.#sentAll && this.#peerEnded;
    if (this.#failure === undefined && !isWhole) this.session.reset(this, code);
    this.fail(isWhole ? overError : new StreamError(code, "the stream has been closed"));
    this.session.remove(this);
  }

  #notify(): void {
    this.#arrival?.resolve();
    this.#arrival = undefined;
  }
}

/** More octets than the framing of a chunk and of the end of all chunks have. */
const CHUNK_FRAMING = 32;

const noOctets = new Uint8Array(0);

/** Of a stream that is closed when it is whole, as nearly all are: to make one for each costs much. */
const overError = new StreamError(errorCodes.no_error, "the stream is over");

/** What is written here has been through the limits already. */
export const whole: HeadLimits = { maxBytes: Infinity, maxFieldLines: Infinity };

function hasLines(fields: Fields | undefined): boolean {
  return fields !== undefined && fields.size > 0;
}
