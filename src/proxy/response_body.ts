import type { ContentCoding } from "../policy/accept_encoding.ts";
import type { Redactor } from "../policy/redact.ts";
import { BodyDecoder } from "../wire/body_decoder.ts";
import type { Fields } from "../wire/fields.ts";
import type { Framing } from "../wire/framing.ts";
import type { ResponseHead } from "../wire/http1_head.ts";
import { joinPieces } from "../wire/join_pieces.ts";
import type { OctetBuffer } from "../wire/octet_buffer.ts";
import { WireError } from "../wire/wire_error.ts";
import { writeChunk } from "./chunk_writer.ts";
import { ContentDecoder } from "./content_decoder.ts";
import { writeLastChunk } from "./forward_head.ts";
import type { Exchange } from "./pending_exchange.ts";
import type { SocketStream } from "./socket_stream.ts";
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
  const client = new ClientBody(downstream, { framing: toClient, redactor });
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
      if (content === undefined) await client.write(data, decoder.done ? "last" : "more");
      else await writeDecoded(content, { data, last: decoder.done, client });
    }
    await client.end({ trailers: decoder.trailers, named: head.fields.connectionOptions });
    return surplus === 0 && !stream.hasUnread;
  } finally {
    content?.close();
  }
}

async function writeDecoded(
  content: ContentDecoder,
  { data, last, client }: { data: readonly Uint8Array[]; last: boolean; client: ClientBody },
): Promise<void> {
  for (const piece of data) {
    for await (const decoded of content.decode(piece)) await client.write([decoded], "more");
  }
  if (!last) return;
  for await (const decoded of content.end()) await client.write([decoded], "more");
}

/** The body on its way to the client, after the head that waits in the connection's buffer. */
class ClientBody {
  readonly #stream: SocketStream;
  /** What leaves with the next write. */
  readonly #out: OctetBuffer;
  readonly #framing: Framing;
  readonly #redactor: Redactor | undefined;

  constructor(
    { stream, toClient }: Exchange["downstream"],
    { framing, redactor }: { framing: Framing; redactor: Redactor | undefined },
  ) {
    this.#stream = stream;
    this.#out = toClient;
    this.#framing = framing;
    this.#redactor = redactor;
  }

  /** Sends octets of the body; if they are the last, they may wait for {@linkcode end}. */
  async write(data: readonly Uint8Array[], position: "more" | "last"): Promise<void> {
    const pieces = this.#redacted(data);
    if (this.#framing.kind === "chunked") writeChunk(this.#out, pieces);
    else if (this.#out.length > 0) { for (const piece of pieces) this.#out.bytes(piece); }
    else for (const piece of pieces) await this.#stream.write(piece);
    if (position === "more") await this.flush();
  }

  /** Sends what was held back and how the body ends. */
  async end(dropped: { trailers: Fields | undefined; named: readonly string[] }): Promise<void> {
    const held: Uint8Array[] = [];
    this.#redactor?.end(held);
    if (this.#framing.kind === "chunked") {
      writeChunk(this.#out, held);
      const start = this.#out.length;
      writeLastChunk(this.#out, dropped);
      this.#redactor?.whole(this.#out.view().subarray(start));
    } else for (const piece of held) this.#out.bytes(piece);
    await this.flush();
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    if (this.#out.length === 0) return;
    await this.#stream.write(this.#out.view());
    this.#out.clear();
  }

  #redacted(data: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#redactor === undefined) return data;
    const passed: Uint8Array[] = [];
    for (const piece of joinPieces(data)) this.#redactor.push(piece, passed);
    return passed;
  }
}
