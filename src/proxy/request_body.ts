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

  /** Gives the upstream up: what still comes is read and dropped, so that the client can finish. */
  discard(): void {
    this.#receiver = undefined;
  }

  /** Resolves when nothing of this body is being read any more. */
  async settled(): Promise<void> {
    await this.#pump;
  }

  async #run(decoder: BodyDecoder, dropped: DroppedTrailers): Promise<void> {
    const { stream, deadline } = this.#downstream;
    const out = new OctetBuffer(0);
    try {
      while (!decoder.done) {
        const chunk = await stream.read();
        if (chunk === null) {
          decoder.end();
          return;
        }
        const data: Uint8Array[] = [];
        const taken = decoder.decode(chunk, data);
        stream.unread(chunk.subarray(taken));
        this.#onOctets(taken);
        if (this.#receiver === undefined) continue;
        deadline.set(this.#limits.idleTimeout);
        if (this.#watch !== undefined) { for (const piece of data) this.#watch.see(piece); }
        await this.#pass(data, { out, decoder, dropped });
      }
      this.#written = this.#receiver !== undefined;
    } catch (error) {
      this.failure = error;
      this.#receiver?.close();
      this.#receiver = undefined;
    }
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
