/**
 * The server's side of a SPDY/3.1 connection, as far as Kubernetes uses it: streams that the client
 * opens, data both ways, resets, pings. There is no flow control, as its clients
 * (github.com/moby/spdystream) have none.
 *
 * @module
 */

import type { HttpReader } from "../http_reader.ts";
import { type ByteSink, writeAll } from "../write_all.ts";
import { controlTypes, encodeSpdyFrame, readSpdyFrame, type SpdyFrame } from "./frames.ts";
import { HeaderBlockReader, HeaderBlockWriter } from "./header_block.ts";
import { Queue } from "./queue.ts";

/** One stream that the client has opened. */
export class SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  /** What the client sends; ends with the client's side, or when it resets the stream. */
  readonly received = new Queue<Uint8Array>();
  readonly #write: (frame: SpdyFrame) => Promise<void>;

  constructor(
    id: number,
    options: {
      headers: ReadonlyMap<string, string>;
      write: (frame: SpdyFrame) => Promise<void>;
    },
  ) {
    this.id = id;
    this.headers = options.headers;
    this.#write = options.write;
  }

  async write(payload: Uint8Array): Promise<void> {
    await this.#write({ kind: "data", stream: this.id, fin: false, payload });
  }

  /** Ends our side. */
  async end(): Promise<void> {
    await this.#write({ kind: "data", stream: this.id, fin: true, payload: new Uint8Array() });
  }
}

export class SpdyConnection {
  /** Streams in the order in which the client opens them; ends with the connection. */
  readonly streams = new Queue<SpdyStream>();
  readonly #open = new Map<number, SpdyStream>();
  readonly #reader: HttpReader;
  readonly #sink: ByteSink;
  readonly #blocksIn = new HeaderBlockReader();
  readonly #blocksOut = new HeaderBlockWriter();
  #writing: Promise<void> = Promise.resolve();

  constructor(reader: HttpReader, sink: ByteSink) {
    this.#reader = reader;
    this.#sink = sink;
  }

  /** Reads frames until the client ends the connection. */
  async run(): Promise<void> {
    try {
      while (true) {
        const frame = await readSpdyFrame(this.#reader);
        if (frame === undefined) return;
        if (frame.kind === "data") this.#takeData(frame);
        else if (await this.#takeControl(frame) === "end") return;
      }
    } finally {
      this.#blocksIn.close();
      for (const stream of this.#open.values()) stream.received.end();
      this.streams.end();
    }
  }

  #takeData({ stream: id, fin, payload }: Extract<SpdyFrame, { kind: "data" }>): void {
    const stream = this.#open.get(id);
    if (payload.length > 0) stream?.received.push(payload);
    if (fin) stream?.received.end();
  }

  async #takeControl(frame: Extract<SpdyFrame, { kind: "control" }>): Promise<"go on" | "end"> {
    const { type, payload } = frame;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    switch (type) {
      case controlTypes.synStream:
        await this.#accept(frame);
        break;
      case controlTypes.rstStream:
        this.#open.get(view.getUint32(0))?.received.end();
        break;
      case controlTypes.ping:
        // Section 2.6.5: sent back as it is.
        await this.#write(frame);
        break;
      case controlTypes.goAway:
        return "end";
      case controlTypes.headers:
        await this.#blocksIn.read(payload.subarray(4));
        break;
    }
    return "go on";
  }

  async #accept({ fin, payload }: SpdyFrame): Promise<void> {
    const id = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    const headers = await this.#blocksIn.read(payload.subarray(10));
    const stream = new SpdyStream(id, { headers, write: (frame) => this.#write(frame) });
    this.#open.set(id, stream);
    if (fin) stream.received.end();
    const reply = [...uint32s(id), ...this.#blocksOut.write({})];
    await this.#write({
      kind: "control",
      type: controlTypes.synReply,
      fin: false,
      payload: Uint8Array.from(reply),
    });
    this.streams.push(stream);
  }

  /** Frames are written one after the other, whoever sends them. */
  #write(frame: SpdyFrame): Promise<void> {
    const octets = encodeSpdyFrame(frame);
    const written = this.#writing.then(() => writeAll(this.#sink, octets));
    this.#writing = written.catch(() => {});
    return written;
  }
}

function uint32s(...values: number[]): Uint8Array {
  const octets = new Uint8Array(values.length * 4);
  values.forEach((value, index) => new DataView(octets.buffer).setUint32(index * 4, value));
  return octets;
}
