import type { ContentCoding } from "../policy/accept_encoding.ts";
import type { Redactor } from "../policy/redact.ts";
import { GrpcRedactor } from "../policy/redact_grpc.ts";
import { BodyDecoder } from "../wire/body_decoder.ts";
import type { Fields } from "../wire/fields.ts";
import type { Framing } from "../wire/framing.ts";
import { carriesGrpc } from "../wire/grpc_messages.ts";
import type { ResponseHead } from "../wire/http1_head.ts";
import type { OctetBuffer } from "../wire/octet_buffer.ts";
import { WireError } from "../wire/wire_error.ts";
import { writeChunk } from "./chunk_writer.ts";
import { ContentDecoder } from "./content_decoder.ts";
import { writeLastChunk } from "./forward_head.ts";
import type { Exchange } from "./pending_exchange.ts";
import type { ClientStream } from "./client_stream.ts";
import type { UpstreamConnection } from "./upstream_pool.ts";

/**
 * A body without a known end is chunked, so that the connection can be kept and a cut be seen; a
 * client of HTTP/1.0 does not know chunks and gets the end of the connection.
 *
 * @param options `keepsLength` is false if the body will not have the length that it came with.
 */
export function framingTowardsClient(
  framing: Framing,
  { minorVersion, keepsLength }: { minorVersion: number; keepsLength: boolean },
): Framing {
  if (framing.kind === "none" || framing.kind === "length" && keepsLength) return framing;
  return minorVersion === 1 ? { kind: "chunked" } : { kind: "close" };
}

/**
 * Sends the head that has been composed, and the body: its framing off, its content coding off if
 * credentials are looked for in it, without the credentials, framed anew.
 *
 * @returns Whether the body ended exactly where the upstream's octets did.
 * @throws {WireError} if framing or coding are malformed, or the body ends with a connection whose end
 *   is not certain: always so, for a rule with its own CA, if nothing but the end of the connection
 *   ends it. {Error} if a connection broke.
 */
export async function relayBody(
  { stream }: UpstreamConnection,
  { head, framing, toClient, coding, exchange }: {
    head: ResponseHead;
    framing: Framing;
    toClient: Framing;
    coding: ContentCoding | "identity";
    exchange: Exchange;
  },
): Promise<boolean> {
  const { downstream, context, redactor } = exchange;
  const { trailers, idleTimeout } = context.limits;
  const decoder = new BodyDecoder(framing, trailers);
  // Whatever the client speaks: it could ask over HTTP/1.1 for what is searched over HTTP/2 alone.
  const isGrpc = carriesGrpc(head.fields);
  const client = new ClientBody(downstream, { framing: toClient, redactor, isGrpc });
  const content = coding === "identity" || decoder.done ? undefined : new ContentDecoder(coding);
  try {
    if (!decoder.done && !stream.hasUnread) await client.flush();
    let surplus = 0;
    while (!decoder.done) {
      const chunk = stream.take() ?? await stream.read();
      const data: Uint8Array[] = [];
      if (chunk === null) {
        // RFC 9112 section 9.8: such a body is incomplete.
        if (framing.kind === "close" && !stream.endIsCertain) {
          throw new WireError("Cannot end the body: it is not certain that the upstream did");
        }
        decoder.end();
      } else {
        surplus = chunk.length - decoder.decode(chunk, data);
        if (!decoder.done) stream.prefetch();
        downstream.deadline.set(idleTimeout);
      }
      if (content !== undefined) await writeDecoded(content, { data, last: decoder.done, client });
      else client.take(data);
      // The last octets leave with what ends the body.
      if (!decoder.done && client.hasMore) await client.flush();
    }
    client.finish({ trailers: decoder.trailers, named: head.fields.connectionOptions });
    if (client.hasMore) await client.flush();
    return surplus === 0 && !stream.hasUnread;
  } finally {
    content?.close();
  }
}

async function writeDecoded(
  content: ContentDecoder,
  { data, last, client }: { data: readonly Uint8Array[]; last: boolean; client: ClientBody },
): Promise<void> {
  async function pass(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const piece of pieces) {
      client.take([piece]);
      if (client.hasMore) await client.flush();
    }
  }
  for (const piece of data) await pass(content.decode(piece));
  if (last) await pass(content.end());
}

/** The body on its way to the client, after the head that waits in the connection's buffer. */
class ClientBody {
  readonly #stream: ClientStream;
  /** What leaves with the next write, and what leaves after it, uncopied. */
  readonly #out: OctetBuffer;
  #pieces: readonly Uint8Array[] = none;
  readonly #framing: Framing;
  readonly #redactor: Redactor | undefined;
  /** What goes through {@linkcode #redactor}, and how. */
  readonly #search: Pick<Redactor, "push" | "end"> | undefined;

  constructor(
    { stream, toClient }: Exchange["downstream"],
    { framing, redactor, isGrpc }: {
      framing: Framing;
      redactor: Redactor | undefined;
      isGrpc: boolean;
    },
  ) {
    this.#stream = stream;
    this.#out = toClient;
    this.#framing = framing;
    this.#redactor = redactor;
    this.#search = redactor !== undefined && isGrpc ? new GrpcRedactor(redactor) : redactor;
  }

  /** Whether there is anything to {@linkcode flush}. */
  get hasMore(): boolean {
    return this.#out.length > 0 || this.#pieces.length > 0;
  }

  /** Takes octets of the body, which may be views: they are to be flushed before they change. */
  take(data: readonly Uint8Array[]): void {
    let pieces = data;
    if (this.#search !== undefined) {
      const passed: Uint8Array[] = [];
      for (const piece of data) this.#search.push(piece, passed);
      pieces = passed;
    }
    if (this.#framing.kind === "chunked") writeChunk(this.#out, pieces);
    else if (this.#out.length > 0) { for (const piece of pieces) this.#out.bytes(piece); }
    else this.#pieces = pieces;
  }

  /** Takes what was held back, and how the body ends. */
  finish(dropped: { trailers: Fields | undefined; named: readonly string[] }): void {
    const held: Uint8Array[] = [];
    this.#search?.end(held);
    if (this.#framing.kind === "chunked") {
      writeChunk(this.#out, held);
      const start = this.#out.length;
      writeLastChunk(this.#out, dropped);
      if (dropped.trailers !== undefined) this.#redactor?.whole(this.#out.view().subarray(start));
    } else if (this.#pieces.length > 0) this.#pieces = [...this.#pieces, ...held];
    // A word at most: it leaves with the head and what came before it.
    else for (const piece of held) this.#out.bytes(piece);
  }

  /** Sends everything; nothing may be taken until that is over. */
  flush(): Promise<void> {
    if (this.#pieces.length > 0) return this.#writePieces();
    const octets = this.#out.view();
    // They stay where they are until something is appended.
    this.#out.clear();
    return this.#stream.write(octets);
  }

  async #writePieces(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = none;
    if (this.#out.length > 0) await this.flush();
    for (const piece of pieces) await this.#stream.write(piece);
  }
}

const none: readonly Uint8Array[] = [];
