/**
 * One end of an HTTP/2 connection that sends whatever frames a test gives it, and keeps what comes.
 *
 * @module
 */

import { CLIENT_PREFACE, flags } from "../../src/wire/http2/frames.ts";
import { HpackDecoder } from "../../src/wire/http2/hpack_decoder.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import {
  concat,
  type Frame,
  type Line,
  readUint32,
  settings,
  settingsAck,
  takeFrames,
  windowUpdate,
} from "./http2_frames.ts";
import type { ByteConnection } from "./proxy_client.ts";
import { waitUntil } from "./wait_until.ts";
import { writeAll } from "./write_all.ts";

/** What has come on one stream. */
export class PeerStream {
  readonly id: number;
  /** Heads, then trailers, in the order in which they came. */
  readonly sections: Line[][] = [];
  body = "";
  bodyBytes = 0;
  ended = false;
  resetCode: number | undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** The final head: the first one that is not interim. */
  get head(): readonly Line[] | undefined {
    return this.sections.find(([first]) => !/^1/.test(first?.[0] === ":status" ? first[1] : ""));
  }

  /** Every value of a field in the final head. */
  values(name: string): string[] {
    return (this.head ?? []).filter(([each]) => each === name).map(([, value]) => value);
  }

  value(name: string): string | undefined {
    return this.values(name)[0];
  }

  /** The section after the final head. */
  get trailers(): readonly Line[] {
    const at = this.sections.findIndex((section) => section === this.head);
    return at < 0 ? [] : this.sections[at + 1] ?? [];
  }

  get isOver(): boolean {
    return this.ended || this.resetCode !== undefined;
  }
}

export class Http2Peer {
  readonly connection: ByteConnection;
  readonly streams = new Map<number, PeerStream>();
  /** Told of every stream, when its first section has come. */
  onStream: ((stream: PeerStream, peer: Http2Peer) => void) | undefined;
  /** Whether windows are opened for what comes, and SETTINGS and PING are answered. */
  answers = true;
  goAway: { lastStreamId: number; code: number } | undefined;
  settingsSeen = false;
  closed = false;
  readonly reading: Promise<void>;
  readonly #decoder = new HpackDecoder({ maxTableSize: 4096, maxListSize: 1_000_000 });
  #prefaceLeft: number;

  constructor(
    connection: ByteConnection,
    { role, reads = true }: { role: "client" | "server"; reads?: boolean },
  ) {
    this.connection = connection;
    this.#prefaceLeft = role === "server" ? CLIENT_PREFACE.length : 0;
    this.reading = reads ? this.#read() : Promise.resolve();
  }

  async send(...frames: Uint8Array[]): Promise<void> {
    await writeAll(this.connection, concat(frames));
  }

  /** Says what its role says first. */
  async sayHello(values: Parameters<typeof settings>[0] = []): Promise<void> {
    const preface = this.#prefaceLeft === 0 ? encodeLatin1(CLIENT_PREFACE) : new Uint8Array(0);
    await this.send(preface, settings(values), windowUpdate(0, 2 ** 30));
  }

  stream(id: number): PeerStream {
    let stream = this.streams.get(id);
    if (stream === undefined) {
      stream = new PeerStream(id);
      this.streams.set(id, stream);
    }
    return stream;
  }

  /** The stream, once it is over. */
  async over(id: number): Promise<PeerStream> {
    const stream = this.stream(id);
    await waitUntil(() => stream.isOver || this.closed, { what: `stream ${id} is over` });
    if (!stream.isOver) {
      throw new Error(`The connection ended (${JSON.stringify(this.goAway)}) before stream ${id}`);
    }
    return stream;
  }

  async waitUntilClosed(): Promise<void> {
    await waitUntil(() => this.closed, { what: "the HTTP/2 connection has ended" });
  }

  close(): void {
    try {
      this.connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let octets: Uint8Array = new Uint8Array(0);
    try {
      for (;;) {
        const count = await this.connection.read(buffer);
        if (count === null) break;
        octets = concat([octets, buffer.subarray(0, count)]);
        if (octets.length < this.#prefaceLeft) continue;
        const { frames, rest } = takeFrames(octets.subarray(this.#prefaceLeft));
        this.#prefaceLeft = 0;
        octets = rest;
        for (const frame of frames) await this.#take(frame);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof TypeError) throw error;
    }
    this.closed = true;
  }

  async #take({ type, flags: set, streamId, payload }: Frame): Promise<void> {
    switch (type) {
      case "settings":
        this.settingsSeen = true;
        if (this.answers && (set & flags.ack) === 0) await this.send(settingsAck());
        return;
      case "goaway":
        this.goAway = { lastStreamId: readUint32(payload, 0), code: readUint32(payload, 4) };
        return;
      case "rst_stream":
        this.stream(streamId).resetCode = readUint32(payload, 0);
        return;
      case "headers": {
        // Ours never continues a section that a test is about, nor pads one.
        const { fields } = this.#decoder.decode(payload);
        const stream = this.stream(streamId);
        stream.sections.push(fields.map(({ name, value }) => [name, value]));
        if ((set & flags.end_stream) !== 0) stream.ended = true;
        if (stream.sections.length === 1) this.onStream?.(stream, this);
        return;
      }
      case "data": {
        const stream = this.stream(streamId);
        stream.bodyBytes += payload.length;
        if (stream.bodyBytes < 1_000_000) stream.body += new TextDecoder().decode(payload);
        if ((set & flags.end_stream) !== 0) stream.ended = true;
        if (this.answers && payload.length > 0) {
          const updates = [windowUpdate(0, payload.length)];
          if (!stream.ended) updates.push(windowUpdate(streamId, payload.length));
          await this.send(...updates);
        }
      }
    }
  }
}
