/**
 * One HTTP/2 session of ours without a socket, whose peer is the test: a dialogue in frames.
 *
 * @module
 */

import { ServerStream } from "../../src/proxy/http2/server_stream.ts";
import { WindowReserve } from "../../src/proxy/http2/receive_window.ts";
import { Http2Session } from "../../src/proxy/http2/session.ts";
import { UpstreamStream } from "../../src/proxy/http2/upstream_stream.ts";
import { CLIENT_PREFACE } from "../../src/wire/http2/frames.ts";
import type { HeaderList } from "../../src/wire/http2/hpack_decoder.ts";
import { type Content, writeRequestHead } from "../../src/wire/http2/to_http1.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { concat, type Frame, settings, settingsAck, takeFrames } from "./http2_frames.ts";
import { MemoryStream } from "./memory_stream.ts";

export interface BenchOptions {
  readonly role: "server" | "client";
  readonly maxStreams?: number;
  readonly reserve?: WindowReserve;
}

const trailerLimits = { maxBytes: 8192, maxFieldLines: 64 };

export class SessionBench {
  readonly io = new MemoryStream();
  readonly session: Http2Session;
  /** What the peer has opened, in that order: only a server has them. */
  readonly streams: ServerStream[] = [];
  /** Milliseconds on the session's clock. */
  now = 0;
  readonly running: Promise<void>;
  #rest: Uint8Array = new Uint8Array(0);
  #seen = 0;
  #prefaceLeft: number;

  private constructor({ role, maxStreams = 100, reserve = new WindowReserve(0) }: BenchOptions) {
    this.session = new Http2Session(this.io, {
      maxStreams,
      maxSectionOctets: 64 * 1024,
      reserve,
      now: () => this.now,
      ...(role === "client"
        ? {}
        : { accept: (id: number, list: HeaderList, end: boolean) => this.#accept(id, list, end) }),
    });
    this.#prefaceLeft = role === "client" ? CLIENT_PREFACE.length : 0;
    this.running = this.session.run();
  }

  /** A session whose peer has said what a peer says first, and what it has been answered is over. */
  static async open(options: BenchOptions): Promise<SessionBench> {
    const bench = new SessionBench(options);
    const preface = options.role === "server" ? encodeLatin1(CLIENT_PREFACE) : [];
    await bench.send(concat([preface]), settings([]), settingsAck());
    bench.frames();
    return bench;
  }

  /** The same, of which the peer has said nothing. */
  static silent(options: BenchOptions): SessionBench {
    return new SessionBench(options);
  }

  /** Lets frames arrive together, and waits until all has been said to them. */
  async send(...frames: Uint8Array[]): Promise<void> {
    this.io.arrive(concat(frames));
    await settled();
  }

  /** The frames that have been written since the last call. */
  frames(): Frame[] {
    const fresh = this.io.written.slice(this.#seen);
    this.#seen = this.io.written.length;
    const octets = concat([this.#rest, ...fresh]);
    const { frames, rest } = takeFrames(octets.subarray(this.#prefaceLeft));
    if (octets.length > 0) this.#prefaceLeft = 0;
    this.#rest = rest;
    return frames;
  }

  /** A stream of ours to the peer, on which nothing has been said. */
  newStream(): UpstreamStream {
    const stream = new UpstreamStream(this.session, { trailerLimits });
    this.session.add(stream);
    return stream;
  }

  #accept(id: number, list: HeaderList, end: boolean): boolean {
    const content = contentOf(list, end);
    if (content === undefined) return false;
    const stream = new ServerStream(this.session, {
      ...{ id, trailerLimits, content, end },
      method: list.fields[0]?.value ?? "",
    });
    this.session.add(stream);
    this.streams.push(stream);
    return true;
  }
}

/** `undefined` if it is no request. */
function contentOf({ fields }: HeaderList, end: boolean): Content | undefined {
  try {
    return writeRequestHead(new OctetBuffer(0), fields, { end });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

/** Resolves when everything has been done that was not waiting for a timer: a step may take many turns. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await undefined;
}
