import { writeChunk } from "../../src/proxy/chunk_writer.ts";
import { unsearched } from "../../src/policy/redaction_scope.ts";
import {
  requestedUpgrade,
  writeLastChunk,
  writeRequestHead,
} from "../../src/proxy/forward_head.ts";
import { parseAuthority, sameAuthority } from "../../src/wire/authority.ts";
import { BodyDecoder } from "../../src/wire/body_decoder.ts";
import { requestFraming } from "../../src/wire/framing.ts";
import { findHeadEnd, parseRequestHead, type RequestHead } from "../../src/wire/http1_head.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { parseRequestTarget } from "../../src/wire/request_target.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { headLimits } from "./read_connection.ts";

/** A whole request as it is written upstream, and how we read it. */
export interface InMemoryRequest {
  readonly text: string;
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly upgrade: string | undefined;
}

const authority = parseAuthority("api.github.com:443");

/**
 * Forwards what a client sent in a tunnel for api.github.com, without a network: the parsers and the
 * writers of the data plane in their order, no rule.
 *
 * @returns The whole requests before the first one that is refused or not whole.
 */
export function forwardInMemory(text: string): InMemoryRequest[] {
  const bytes = encodeLatin1(text);
  const forwarded: InMemoryRequest[] = [];
  try {
    for (let at = 0; at < bytes.length;) {
      const { request, end } = forwardOne(bytes.subarray(at));
      if (request === undefined) break;
      forwarded.push(request);
      at += end;
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return forwarded;
}

function forwardOne(bytes: Uint8Array): { request: InMemoryRequest | undefined; end: number } {
  const headEnd = findHeadEnd(bytes, 0, headLimits);
  if (headEnd < 0) return { request: undefined, end: 0 };
  const head = parseRequestHead(bytes, headEnd, headLimits);
  const framing = requestFraming(head);
  const pathAndQuery = agreedPath(head);
  const upgrade = requestedUpgrade(head, { framing });
  const out = new OctetBuffer(256);
  writeRequestHead(out, {
    head,
    pathAndQuery,
    host: authority.host,
    framing,
    upgrade,
    injection: undefined,
    redaction: unsearched,
    protocol: "http/1.1",
  });
  const decoder = new BodyDecoder(framing, headLimits);
  const data: Uint8Array[] = [];
  const end = headEnd + decoder.decode(bytes.subarray(headEnd), data);
  if (!decoder.done) return { request: undefined, end };
  if (framing.kind === "chunked") {
    for (const piece of data) writeChunk(out, [piece]);
    writeLastChunk(out, { trailers: decoder.trailers, named: [] });
  } else for (const piece of data) out.bytes(piece);
  const body = data.map((piece) => decodeLatin1(piece, 0, piece.length)).join("");
  const text = decodeLatin1(out.view(), 0, out.length);
  return { request: { text, method: head.method, target: pathAndQuery, body, upgrade }, end };
}

/** The checks of the exchange: one Host, and everything names the tunnel's authority. */
function agreedPath({ method, target, fields, minorVersion }: RequestHead): string {
  const parsed = parseRequestTarget(method, target);
  if (parsed.form === "authority") throw new WireError("Cannot forward CONNECT");
  const hosts = fields.getAll("host");
  if (hosts.length > 1 || (hosts.length === 0 && minorVersion === 1)) {
    throw new WireError("Cannot forward: not one Host");
  }
  const named = hosts.map((host) => parseAuthority(host, { defaultPort: 443 }));
  if (parsed.form === "absolute") named.push(parsed.authority);
  if (!named.every((name) => sameAuthority(name, authority))) {
    throw new WireError("Cannot forward: another authority");
  }
  return parsed.pathAndQuery;
}
