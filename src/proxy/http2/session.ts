/**
 * A connection of HTTP/2. Past 300 lines, because what each frame does to the whole is to be read in one
 * place; what streams carry, how frames leave and what windows allow are beside it.
 *
 * @module
 */
import {
  CLIENT_PREFACE,
  DEFAULT_WINDOW,
  MAX_WINDOW,
  settings,
  writeGoAway,
  writeHeaders,
  writePing,
  writePingAck,
  writeReset,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from "../../wire/http2/frames.ts";
import { type FrameHandler, FrameReader } from "../../wire/http2/frame_reader.ts";
import { type HeaderList, HpackDecoder } from "../../wire/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../wire/http2/hpack_encoder.ts";
import { HpackError } from "../../wire/http2/hpack_error.ts";
import {
  ConnectionError,
  errorCodeName,
  errorCodes,
  StreamError,
} from "../../wire/http2/http2_error.ts";
import { OctetBuffer } from "../../wire/octet_buffer.ts";
import type { ByteStream } from "../byte_stream.ts";
import { FrameOutput } from "./frame_output.ts";
import { ReceiveWindow, type WindowReserve } from "./receive_window.ts";
import { SendQueue } from "./send_queue.ts";
import { type SessionStream, StreamTable } from "./stream_table.ts";
import { TalkBudget, talkCosts } from "./talk_budget.ts";

/** What a session is bounded by, and works with. */
export interface SessionOptions {
  /** Streams at a time that the peer may open, or that we open. */
  readonly maxStreams: number;
  /** A field section, in octets as RFC 9113 section 6.5.2 counts them. */
  readonly maxSectionOctets: number;
  /** What windows grow from. */
  readonly reserve: WindowReserve;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/**
 * Adds the streams that the peer asks for: only a server has it.
 *
 * @returns Whether the stream was added; it is refused otherwise.
 */
export type Accept = (id: number, list: HeaderList, end: boolean) => boolean;

/** Who opens a window by less than so many octets at a time would have us send as little. */
const SMALL_INCREMENT = 1024;

/** What a peer may send on the whole connection before it is taken off the socket: at once, always. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;

/** What the windows of streams start with, in octets. */
export const STREAM_WINDOW = 64 * 1024 - 1;

/**
 * One connection of HTTP/2, of either role (RFC 9113): frames in, frames out, windows, the end.
 *
 * What a stream carries is the stream's own affair. The connection's window is opened as soon as octets
 * have arrived, so that a stream whose reader stands still holds back no other; what it may leave in
 * memory is bounded by its own window.
 */
export class Http2Session implements FrameHandler {
  readonly io: ByteStream;
  readonly encoder = new HpackEncoder();
  /** Where a field section is put together before it is sent: one at a time, without a wait. */
  readonly block = new OctetBuffer(0);
  readonly #options: SessionOptions;
  readonly #accept: Accept | undefined;
  readonly #reader: FrameReader;
  readonly #decoder: HpackDecoder;
  readonly #budget: TalkBudget;
  readonly #streams: StreamTable;
  readonly #queue: SendQueue;
  readonly #output: FrameOutput;
  /** When something came from the peer last, and whether it has been asked for more since. */
  #heardAt: number;
  #asked = false;
  #closing: Promise<void> | undefined;
  /** The highest of the peer's that we have looked at. */
  #lastAccepted = 0;
  #peerInitialWindow = DEFAULT_WINDOW;
  #peerMaxStreams = 100;
  /** What has arrived on the connection since its window was opened last. */
  #received = 0;
  #prefaceLeft: number;
  #ended: Error | undefined;
  #peerGoesAway = false;
  #goesAway = false;
  readonly #ready = Promise.withResolvers<void>();
  /** Called once, when the connection is of no use any more. */
  onEnd: (() => void) | undefined;
  /** Called when the last of its streams has gone. */
  onIdle: (() => void) | undefined;

  /** @param options `accept` makes it a server. */
  constructor(io: ByteStream, options: SessionOptions & { accept?: Accept }) {
    this.io = io;
    this.#options = options;
    this.#accept = options.accept;
    this.#streams = new StreamTable({ opensStreams: options.accept === undefined });
    this.#prefaceLeft = options.accept === undefined ? 0 : CLIENT_PREFACE.length;
    this.#budget = new TalkBudget(options.now);
    this.#heardAt = options.now();
    this.#decoder = new HpackDecoder({
      maxTableSize: HEADER_TABLE_OCTETS,
      maxListSize: options.maxSectionOctets,
    });
    this.#reader = new FrameReader(this, { maxSectionOctets: 2 * options.maxSectionOctets });
    this.#output = new FrameOutput(io, {
      onRoom: () => this.#queue.pump(),
      onFailure: (error) => this.#end(error),
    });
    this.#queue = new SendQueue({
      room: () => this.#output.isCongested ? undefined : this.#output.frames,
      onWrite: (moved) => {
        this.#budget.earn(moved);
        this.#output.flush();
      },
    });
    this.#ready.promise.catch(() => {});
    this.#sayHello();
  }

  /** How many streams are under way. */
  get size(): number {
    return this.#streams.size;
  }

  /** Resolves once the peer has said what it allows; rejects if the connection ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isServer(): boolean {
    return this.#accept !== undefined;
  }

  /** Whether the peer owes the rest of a field section. */
  get isInSection(): boolean {
    return this.#reader.isInSection;
  }

  /** Whether another stream may be opened: by us, as a client. */
  get hasRoom(): boolean {
    const most = Math.min(this.#peerMaxStreams, this.#options.maxStreams);
    return this.#ended === undefined && !this.#peerGoesAway && !this.#goesAway &&
      this.size < most && this.#streams.hasNumbers;
  }

  /** Whether a field section is to wait where it is; see {@linkcode FrameOutput}. */
  get isCongested(): boolean {
    return this.#output.isCongested;
  }

  congestionEnd(): Promise<void> {
    return this.#output.congestionEnd();
  }

  /** Reads what the peer sends, until the connection is over and closed. Never rejects. */
  async run(): Promise<void> {
    try {
      while (this.#ended === undefined) {
        const arrived = this.io.take() ?? await this.io.read();
        if (arrived === null) throw new Error("the peer has closed the connection");
        this.#heardAt = this.#options.now();
        this.#asked = false;
        this.#reader.push(this.#takePreface(arrived));
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
    await this.#closing;
  }

  /** The windows of a new stream. */
  windows(): { sendWindow: number; window: ReceiveWindow } {
    const { reserve } = this.#options;
    return {
      sendWindow: this.#peerInitialWindow,
      window: new ReceiveWindow({ initial: STREAM_WINDOW, reserve }),
    };
  }

  /** Takes a stream in; one that comes too late fails at once. */
  add(stream: SessionStream): void {
    this.#streams.add(stream);
    const isOver = this.#peerGoesAway || this.#goesAway;
    if (this.#ended !== undefined || isOver && !this.isServer) {
      stream.fail(unprocessed("the connection takes no more streams"));
    }
  }

  /** Lets go of a stream that needs nothing any more. */
  remove(stream: SessionStream): void {
    if (!this.#streams.remove(stream)) return;
    stream.window.release();
    this.#queue.drop(stream, () => new Error("the stream is over"));
    if (this.size > 0) return;
    if (this.#peerGoesAway || this.#goesAway) this.#closeWhenWritten();
    this.onIdle?.();
  }

  /** Sends a field section; the first one of a stream of ours opens it. */
  sendSection(stream: SessionStream, { block, end }: { block: Uint8Array; end: boolean }): void {
    this.#streams.number(stream);
    writeHeaders(this.#output.frames, { streamId: stream.id, block, end });
    this.#output.flush();
  }

  /** @returns Resolves when the octets are no longer needed; rejects if the stream ends before. */
  sendData(stream: SessionStream, part: { octets: Uint8Array; end: boolean }): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return this.#queue.send(stream, part);
  }

  /** Ends a stream before its time. */
  reset(stream: SessionStream, code: number): void {
    this.#queue.drop(
      stream,
      () => new StreamError(code, `the stream was reset (${errorCodeName(code)})`),
    );
    // RFC 9113 section 6.4: not for a stream that the peer has never heard of.
    if (this.#ended !== undefined || stream.id === 0) return;
    writeReset(this.#output.frames, { streamId: stream.id, code });
    this.#output.flush();
  }

  /** Says that octets of a stream have been read, so that the peer may send more. */
  consumed(stream: SessionStream, octets: number): void {
    const increment = stream.window.consume(octets);
    if (increment === 0 || stream.peerEnded || this.#ended !== undefined) return;
    writeWindowUpdate(this.#output.frames, { streamId: stream.id, increment });
    this.#output.flush();
  }

  /**
   * Says that no more streams will be taken soon, and goes on taking them: those that are on their way
   * when the peer hears of it (RFC 9113 section 6.8).
   */
  announceEnd(): void {
    if (this.#goesAway || this.#ended !== undefined) return;
    this.#writeGoAway(errorCodes.no_error, MAX_STREAM_ID);
  }

  /** Takes no new streams; what is under way is finished, and then the connection ends. */
  goAway(): void {
    if (this.#goesAway || this.#ended !== undefined) return;
    this.#goesAway = true;
    this.#writeGoAway(errorCodes.no_error);
    if (this.size === 0) this.#closeWhenWritten();
  }

  /**
   * Asks a peer of whom nothing has come for long whether it is still there (RFC 9113 section 6.7), and
   * ends the connection if it does not say so: what is under way, and all that would follow, would wait
   * for nothing.
   */
  checkPeer(): void {
    const silence = this.#options.now() - this.#heardAt;
    if (this.size === 0 || silence < ASK_AFTER || this.#ended !== undefined) return;
    if (silence >= ASK_AFTER + ANSWER_WITHIN) {
      return this.#end(new Error("the peer does not answer any more"));
    }
    if (this.#asked) return;
    this.#asked = true;
    writePing(this.#output.frames);
    this.#output.flush();
  }

  /** Gives memory back that a connection at rest does not need. */
  trim(): void {
    this.#output.trim();
    this.block.trim();
  }

  /** Ends the connection at once, and every stream with it. */
  close(): void {
    this.#end(new Error("the connection has been closed"));
  }

  onDataStart(streamId: number, flowOctets: number, paddingOctets: number): void {
    this.#received += flowOctets;
    if (this.#received > CONNECTION_WINDOW) {
      throw new ConnectionError("flow_control_error", "more than the connection's window allows");
    }
    if (this.#received >= CONNECTION_WINDOW / 2) {
      writeWindowUpdate(this.#output.frames, { streamId: 0, increment: this.#received });
      this.#received = 0;
      this.#output.flush();
    }
    // What was on its way when we gave a stream up is no idle talk: windows bound it.
    const stream = this.#find(streamId, { cost: 0 });
    if (stream === undefined) return;
    this.#guard(stream, () => {
      if (stream.peerEnded) {
        throw new StreamError(errorCodes.stream_closed, "DATA after the end of the stream");
      }
      stream.window.receive(flowOctets);
      if (paddingOctets > 0) this.consumed(stream, paddingOctets);
    });
  }

  onData(streamId: number, octets: Uint8Array, end: boolean): void {
    const stream = this.#find(streamId, { cost: 0 });
    if (octets.length === 0 && (stream === undefined || !end)) this.#budget.spend(talkCosts.idle);
    else if (stream !== undefined) this.#budget.earn(1);
    if (stream !== undefined) this.#guard(stream, () => stream.receiveData(octets, end));
  }

  onHeaders(streamId: number, block: Uint8Array, end: boolean): void {
    const list = this.#decode(block);
    if (this.#accept !== undefined && this.#streams.opens(streamId)) {
      return this.#open(streamId, { list, end });
    }
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    this.#guard(stream, () => {
      if (stream.peerEnded) {
        throw new StreamError(errorCodes.stream_closed, "HEADERS after the end of the stream");
      }
      stream.receiveSection(list, end);
    });
  }

  onReset(streamId: number, code: number): void {
    this.#budget.spend(this.#accept === undefined ? talkCosts.idle : talkCosts.reset);
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    const error = new StreamError(code, `the peer reset the stream (${errorCodeName(code)})`);
    this.#queue.drop(stream, () => error);
    stream.fail(error);
  }

  onSetting(id: number, value: number): void {
    // One frame holds thousands of them, and each can concern every stream.
    this.#budget.spend(talkCosts.idle);
    if (id === settings.initial_window_size) {
      if (value > MAX_WINDOW) throw new ConnectionError("flow_control_error", "initial window");
      const more = value - this.#peerInitialWindow;
      this.#peerInitialWindow = value;
      for (const stream of this.#streams.all()) this.#widen(stream, more);
    }
    if (id === settings.max_concurrent_streams) this.#peerMaxStreams = value;
    if (id === settings.max_frame_size && (value < 16_384 || value > 16_777_215)) {
      throw new ConnectionError("protocol_error", "SETTINGS_MAX_FRAME_SIZE out of range");
    }
    if (id === settings.enable_push && value > (this.#accept === undefined ? 0 : 1)) {
      throw new ConnectionError("protocol_error", "SETTINGS_ENABLE_PUSH out of range");
    }
  }

  onSettingsEnd(): void {
    this.#ready.resolve();
    this.#budget.spend(talkCosts.idle);
    writeSettingsAck(this.#output.frames);
    this.#output.flush();
  }

  onPing(payload: Uint8Array): void {
    this.#budget.spend(talkCosts.idle);
    writePingAck(this.#output.frames, payload);
    this.#output.flush();
  }

  onGoAway(lastStreamId: number, code: number): void {
    this.#budget.spend(talkCosts.idle);
    this.#peerGoesAway = true;
    if (this.#accept === undefined) {
      const text = `the peer goes away (${errorCodeName(code)}) and has not looked at the request`;
      for (const stream of this.#streams.all()) {
        if (stream.id !== 0 && stream.id <= lastStreamId) continue;
        const error = unprocessed(text);
        this.#queue.drop(stream, () => error);
        stream.fail(error);
      }
    }
    if (this.size === 0) this.#closeWhenWritten();
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0 && increment === 0) {
      throw new ConnectionError("protocol_error", "WINDOW_UPDATE by 0");
    }
    if (increment < SMALL_INCREMENT && !this.#queue.takeReturn()) {
      this.#budget.spend(talkCosts.idle);
    }
    if (streamId === 0) {
      return this.#queue.openConnection(increment);
    }
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    this.#guard(stream, () => {
      if (increment === 0) throw new StreamError(errorCodes.protocol_error, "WINDOW_UPDATE by 0");
      this.#queue.openStream(stream, increment);
    });
  }

  onSettingsAcknowledged(): void {
    this.#budget.spend(talkCosts.idle);
    this.#decoder.settingsAcknowledged();
  }

  onIdleTalk(): void {
    this.#budget.spend(talkCosts.idle);
  }

  #sayHello(): void {
    const { maxStreams, maxSectionOctets } = this.#options;
    const isServer = this.#accept !== undefined;
    if (!isServer) this.#output.frames.text(CLIENT_PREFACE);
    writeSettings(this.#output.frames, [
      isServer ? [settings.max_concurrent_streams, maxStreams] : [settings.enable_push, 0],
      [settings.initial_window_size, STREAM_WINDOW],
      [settings.max_header_list_size, maxSectionOctets],
    ]);
    const increment = CONNECTION_WINDOW - DEFAULT_WINDOW;
    writeWindowUpdate(this.#output.frames, { streamId: 0, increment });
    this.#output.flush();
  }

  /** RFC 9113 section 3.4: what a client says before its first frame. */
  #takePreface(arrived: Uint8Array): Uint8Array {
    const taken = Math.min(this.#prefaceLeft, arrived.length);
    for (let at = 0; at < taken; at++) {
      const expected = CLIENT_PREFACE.charCodeAt(CLIENT_PREFACE.length - this.#prefaceLeft);
      if (arrived[at] !== expected) throw new ConnectionError("protocol_error", "no preface");
      this.#prefaceLeft--;
    }
    return taken === 0 ? arrived : arrived.subarray(taken);
  }

  #decode(block: Uint8Array): HeaderList {
    try {
      return this.#decoder.decode(block);
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      throw new ConnectionError("compression_error", error.message);
    }
  }

  /** The stream with that number; what a peer says of one that is over costs it a little. */
  #find(
    streamId: number,
    { cost } = { cost: talkCosts.idle as number },
  ): SessionStream | undefined {
    const stream = this.#streams.find(streamId);
    if (stream === undefined && cost > 0) this.#budget.spend(cost);
    return stream;
  }

  #open(streamId: number, { list, end }: { list: HeaderList; end: boolean }): void {
    const accept = this.#accept;
    // Whoever opens a stream after GOAWAY has not read it yet, and knows that nobody looks at it.
    if (accept === undefined || this.#goesAway) return;
    this.#lastAccepted = streamId;
    if (this.#streams.size < this.#options.maxStreams && accept(streamId, list, end)) return;
    this.#budget.spend(talkCosts.reset);
    writeReset(this.#output.frames, { streamId, code: errorCodes.refused_stream });
    this.#output.flush();
  }

  /** What is wrong with one stream ends that stream alone. */
  #guard(stream: SessionStream, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof ConnectionError) throw error;
      this.#budget.spend(talkCosts.reset);
      const failure = error instanceof StreamError
        ? error
        : new StreamError(errorCodes.protocol_error, String(error));
      this.reset(stream, failure.code);
      stream.fail(failure);
    }
  }

  #widen(stream: SessionStream, more: number): void {
    if (stream.sendWindow + more > MAX_WINDOW) {
      throw new ConnectionError("flow_control_error", "a stream window beyond 2^31 - 1");
    }
    this.#queue.openStream(stream, more);
  }

  #writeGoAway(code: number, lastStreamId = this.#lastAccepted): void {
    writeGoAway(this.#output.frames, { lastStreamId, code });
    this.#output.flush();
  }

  /** Ends the connection when everything has been sent. */
  #closeWhenWritten(): void {
    const over = () => this.#end(new Error("the connection is over"));
    if (this.#output.written === undefined) over();
    else void this.#output.written.then(over);
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const failure = new StreamError(
      errorCodes.internal_error,
      `the connection ended: ${error.message}`,
    );
    for (const stream of this.#streams.all()) {
      this.#queue.drop(stream, () => failure);
      stream.fail(failure);
    }
    this.#ready.reject(error);
    this.#output.end();
    this.#closing = this.#closeIo(error);
    this.onEnd?.();
  }

  /** Tells the peer why, if that is its own fault and it listens. */
  async #closeIo(error: Error): Promise<void> {
    if (error instanceof ConnectionError) {
      const alarm = setTimeout(() => this.io.close(), LAST_WORD);
      this.#writeGoAway(error.code);
      await this.#output.sendLast().catch(() => {});
      clearTimeout(alarm);
    }
    this.io.close();
  }
}

/** The highest number that a stream can have. */
const MAX_STREAM_ID = 2 ** 31 - 1;

/** How a stream fails that the peer has not looked at (RFC 9113 section 8.7). */
function unprocessed(text: string): StreamError {
  return new StreamError(errorCodes.refused_stream, text, { unprocessed: true });
}

/** How long a peer may be silent before it is asked, and how long its answer may take, in milliseconds. */
const ASK_AFTER = 30_000;
const ANSWER_WITHIN = 15_000;

/** How long a peer that is to blame may take to be told so, in milliseconds. */
const LAST_WORD = 1000;

/** What the peer may have us remember of its field lines, in octets (RFC 7541 section 4.2). */
const HEADER_TABLE_OCTETS = 4096;
