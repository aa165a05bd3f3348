import { ProxyError } from "../errors.ts";
import type { BodyWatch } from "../policy/canary.ts";
import { BodyDecoder } from "../wire/body_decoder.ts";
import type { Framing } from "../wire/framing.ts";
import { OctetBuffer } from "../wire/octet_buffer.ts";
import type { ByteStream } from "./byte_stream.ts";
import { writeChunk } from "./chunk_writer.ts";
import type { Downstream } from "./context.ts";
import { type DroppedTrailers, writeLastChunk } from "./forward_head.ts";
import type { Limits } from "./limits.ts";

/**
 * The body of one request, on its way from the client to the upstream.
 *
 * It is sent while the response is already being waited for: a service may answer an upload before
 * its end.
 */
export class RequestBody {
  readonly #framing: Framing;
  readonly #decoder: BodyDecoder | undefined;
  readonly #downstream: Downstream;
  readonly #limits: Limits;
  readonly #watch: BodyWatch | undefined;
  readonly #onOctets: (octets: number) => void;
  #pump: Promise<void> | undefined;
  #receiver: ByteStream | undefined;
  #written = false;
  #held: Uint8Array[] = [];
  /** Why the client's side of the body failed: it is malformed, or ended early. */
  failure: unknown;

  constructor(
    framing: Framing,
    { downstream, limits, watch, onOctets }: {
      downstream: Downstream;
      limits: Limits;
      /** Looks at what passes. */
      watch?: BodyWatch | undefined;
      /** Told how many octets have arrived, framing included. */
      onOctets: (octets: number) => void;
    },
  ) {
    this.#framing = framing;
    this.#decoder = framing.kind === "none" ? undefined : new BodyDecoder(framing, limits.trailers);
    this.#downstream = downstream;
    this.#limits = limits;
    this.#watch = watch;
    this.#onOctets = onOctets;
  }

  /** Whether the client has sent all of it. */
  get received(): boolean {
    return this.#decoder?.done ?? true;
  }

  /**
   * Whether the upstream has been given all of it. Until the last write is over, another request on
   * the same connection would land inside this body.
   */
  get written(): boolean {
    return this.#written;
  }

  /** Whether nothing of it has been taken from the client, so that it could go elsewhere. */
  get untouched(): boolean {
    return this.#pump === undefined;
  }

  /**
   * Starts to pass the body on.
   *
   * @param dropped Names of trailer fields that are not passed on.
   */
  sendTo(upstream: ByteStream, dropped: DroppedTrailers): void {
    this.#receiver = upstream;
    if (this.#decoder === undefined) this.#written = true;
    else this.#pump = this.#run(this.#decoder, dropped);
  }

  /**
   * Refuses a body that says at once that it is too large.
   *
   * @throws {ProxyError} `unsignable_content`.
   */
  refuseOver(limit: number): void {
    if (this.#framing.kind === "length" && this.#framing.length > limit) throw tooLarge(limit);
  }

  /**
   * Takes the whole body from the client before anything is sent.
   *
   * @param limit How many octets of content it may have.
   * @returns The content; it is sent all the same.
   * @throws {ProxyError} `unsignable_content` if it has more.
   * @throws {WireError} If it is malformed, or ends early.
   */
  async hold(limit: number): Promise<readonly Uint8Array[]> {
    if (this.#decoder === undefined) return [];
    this.refuseOver(limit);
    let size = 0;
    while (!this.#decoder.done) {
      const data = await this.#take(this.#decoder);
      if (data === undefined) break;
      for (const piece of data) {
        this.#held.push(piece.slice());
        size += piece.length;
      }
      if (size > limit) throw tooLarge(limit);
    }
    return this.#held;
  }

  /** Gives the upstream up: what still comes is read and dropped, so that the client can finish. */
  discard(): void {
    this.#receiver = undefined;
  }

  /** Resolves when nothing of this body is being read any more. */
  async settled(): Promise<void> {
    await this.#pump;
  }

  async #run(decoder: BodyDecoder, dropped: DroppedTrailers): Promise<void> {
    const out = new OctetBuffer(0);
    try {
      if (decoder.done) await this.#pass(this.#held, { out, decoder, dropped });
      while (!decoder.done) {
        const data = await this.#take(decoder);
        if (data === undefined) return;
        if (this.#receiver !== undefined) await this.#pass(data, { out, decoder, dropped });
      }
      this.#written = this.#receiver !== undefined;
    } catch (error) {
      this.failure = error;
      this.#receiver?.close();
      this.#receiver = undefined;
    }
  }

  /** @returns What has come; `undefined` at the client's end, which the decoder may refuse. */
  async #take(decoder: BodyDecoder): Promise<Uint8Array[] | undefined> {
    const { stream, deadline } = this.#downstream;
    const chunk = await stream.read();
    if (chunk === null) {
      decoder.end();
      return undefined;
    }
    const data: Uint8Array[] = [];
    const taken = decoder.decode(chunk, data);
    stream.unread(chunk.subarray(taken));
    this.#onOctets(taken);
    if (this.#receiver === undefined && this.#pump !== undefined) return data;
    deadline.set(this.#limits.idleTimeout);
    if (this.#watch !== undefined) { for (const piece of data) this.#watch.see(piece); }
    return data;
  }

  async #pass(
    data: readonly Uint8Array[],
    { out, decoder, dropped }: {
      out: OctetBuffer;
      decoder: BodyDecoder;
      dropped: DroppedTrailers;
    },
  ): Promise<void> {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    try {
      if (this.#framing.kind !== "chunked") {
        for (const piece of data) await receiver.write(piece);
        return;
      }
      out.clear();
      writeChunk(out, data);
      if (decoder.done) writeLastChunk(out, { trailers: decoder.trailers, ...dropped });
      if (out.length > 0) await receiver.write(out.view());
    } catch {
      // The upstream takes no more. It may have answered all the same (413, say): the response, or
      // its absence, tells; the rest of the body is dropped.
      this.#receiver = undefined;
    }
  }
}

function tooLarge(limit: number): ProxyError {
  return new ProxyError(
    "unsignable_content",
    `Its hash has to be in the head, and it has more than ${limit} octets: have the client send ` +
      "the hash as X-Amz-Content-Sha256, or start the proxy with a greater --limit sign-buffer=SIZE",
  );
}
