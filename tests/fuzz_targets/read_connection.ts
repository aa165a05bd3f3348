import { takeHead } from "../../src/proxy/read_head.ts";
import { BodyDecoder } from "../../src/wire/body_decoder.ts";
import type { Fields } from "../../src/wire/fields.ts";
import { requestFraming } from "../../src/wire/framing.ts";
import { parseRequestHead } from "../../src/wire/http1_head.ts";
import { decodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { PieceStream } from "./piece_stream.ts";

/** A request as the read path of the proxy gives it, every field decoded. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: number;
  readonly fields: readonly string[];
  readonly framing: string;
  readonly body: string;
  readonly trailers: readonly string[];
}

/** What one connection brought, and how it ended. */
export interface ReceivedConnection {
  readonly requests: readonly ReceivedRequest[];
  readonly ending: "end" | "refused";
}

export const headLimits = { maxBytes: 4096, maxFieldLines: 16 };

/**
 * Reads requests from pieces as the proxy does: head, framing, body, next head.
 *
 * @throws whatever is not a {@linkcode WireError}: that would be a bug.
 */
export async function readConnection(pieces: readonly string[]): Promise<ReceivedConnection> {
  const stream = new PieceStream(pieces);
  const requests: ReceivedRequest[] = [];
  try {
    for (;;) {
      const request = await readRequest(stream);
      if (request === undefined) return { requests, ending: "end" };
      requests.push(request);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { requests, ending: "refused" };
  }
}

async function readRequest(stream: PieceStream): Promise<ReceivedRequest | undefined> {
  const first = await stream.read();
  if (first === null) return undefined;
  const octets = await takeHead(stream, { first, limits: headLimits });
  const head = parseRequestHead(octets, octets.length, headLimits);
  const { method, target, minorVersion } = head;
  // The fields are views of a buffer that the next read uses again.
  const fields = listFields(head.fields);
  const framing = requestFraming(head);
  const decoder = new BodyDecoder(framing, headLimits);
  let body = "";
  while (!decoder.done) {
    const chunk = await stream.read();
    if (chunk === null) {
      decoder.end();
      break;
    }
    const data: Uint8Array[] = [];
    const taken = decoder.decode(chunk, data);
    for (const piece of data) body += decodeLatin1(piece, 0, piece.length);
    stream.unread(chunk.subarray(taken));
  }
  const trailers = listFields(decoder.trailers);
  return { method, target, minorVersion, fields, framing: JSON.stringify(framing), body, trailers };
}

/** Every line as `name: value`, the name in lower case. */
export function listFields(fields: Fields | undefined): string[] {
  return Array.from(
    { length: fields?.size ?? 0 },
    (_, index) => `${fields?.name(index)}: ${fields?.value(index)}`,
  );
}
