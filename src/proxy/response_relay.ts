import { ProxyError } from "../errors.ts";
import { BodyDecoder } from "../wire/body_decoder.ts";
import { type Framing, responseFraming } from "../wire/framing.ts";
import { parseResponseHead, type ResponseHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import { writeChunk } from "./chunk_writer.ts";
import type { Downstream, Outcome, ProxyContext, SettledRequest } from "./context.ts";
import { wantsClose, writeLastChunk, writeResponseHead } from "./forward_head.ts";
import { readHead } from "./read_head.ts";
import { relay } from "./relay.ts";
import type { RequestBody } from "./request_body.ts";
import type { UpstreamConnection } from "./upstream_pool.ts";

/** More interim responses than any service sends: what follows them is a flood. */
const MAX_INTERIM_RESPONSES = 32;

/** The upstream's connection ended before one octet of a response. */
export class UnansweredError extends ProxyError {
  constructor(cause?: unknown) {
    super("connection_terminated", "The destination closed the connection without an answer", {
      cause,
    });
  }
}

interface RelayParts {
  readonly request: SettledRequest;
  readonly upgrade: string | undefined;
  readonly body: RequestBody;
  readonly downstream: Downstream;
  readonly context: ProxyContext;
}

/**
 * Passes interim responses and the final one on to the client, as they arrive.
 *
 * @throws {ProxyError} as long as nothing of the final response has been sent. After that a failure
 *   cuts both connections: the client must be able to see that the response is not whole.
 */
export async function relayResponse(
  connection: UpstreamConnection,
  parts: RelayParts,
): Promise<Outcome> {
  for (let interim = 0; interim <= MAX_INTERIM_RESPONSES; interim++) {
    const head = await readResponseHead(connection, { ...parts, interim });
    const framing = framingOf(parts.request.head.method, head);
    if (head.status === 101) return await switchProtocols(connection, { ...parts, head });
    if (head.status >= 200) return await relayFinal(connection, { ...parts, head, framing });
    await relayInterim(head, parts);
  }
  throw malformed("more interim responses than allowed");
}

async function readResponseHead(
  { stream }: UpstreamConnection,
  { body, context, downstream, interim }: RelayParts & { interim: number },
): Promise<ResponseHead> {
  const { head: limits } = context.limits;
  let answered = interim > 0;
  try {
    const received = await readHead(stream, { limits, onFirstOctets: () => (answered = true) });
    if (received === null && !answered) throw new UnansweredError();
    if (received === null) throw new WireError("Cannot read the head: the connection ended");
    downstream.deadline.set(context.limits.idleTimeout);
    return parseResponseHead(received.bytes, received.end, limits);
  } catch (error) {
    if (body.failure !== undefined) throw body.failure;
    if (error instanceof ProxyError) throw error;
    if (error instanceof WireError) throw malformed(error.message);
    if (!answered) throw new UnansweredError(error);
    throw new ProxyError("response_incomplete", "The destination's answer broke off", {
      cause: error,
    });
  }
}

function malformed(reason: string): ProxyError {
  return new ProxyError("malformed_response", `The destination's answer is refused: ${reason}`);
}

async function relayInterim(
  head: ResponseHead,
  { request, downstream }: RelayParts,
): Promise<void> {
  // RFC 9110 section 15.2: not to an HTTP/1.0 client.
  if (request.head.minorVersion === 0) return;
  const out = downstream.toClient;
  out.clear();
  writeResponseHead(out, {
    head,
    framing: { kind: "none" },
    connection: "keep",
    intercepted: downstream.tunnel !== undefined,
  });
  await downstream.stream.write(out.view());
}

async function switchProtocols(
  { stream }: UpstreamConnection,
  { head, upgrade, downstream, context }: RelayParts & { head: ResponseHead },
): Promise<Outcome> {
  if (upgrade === undefined || !head.fields.list("upgrade").includes(upgrade)) {
    throw malformed("it switches to a protocol that was not asked for");
  }
  const out = downstream.toClient;
  out.clear();
  writeResponseHead(out, {
    head,
    framing: { kind: "none" },
    connection: "upgrade",
    intercepted: downstream.tunnel !== undefined,
  });
  await downstream.stream.write(out.view());
  // From here on the client's end is one half of a tunnel's, not a cancellation.
  downstream.stream.onEnd = undefined;
  await relay(downstream.stream, {
    upstream: stream,
    deadline: downstream.deadline,
    idleTimeout: context.limits.idleTimeout,
  });
  return "closed";
}

async function relayFinal(
  connection: UpstreamConnection,
  parts: RelayParts & { head: ResponseHead; framing: Framing },
): Promise<Outcome> {
  const { head, framing, request, body, downstream, context } = parts;
  const toClient = framingTowardsClient(framing, request.head.minorVersion);
  // A response that overtakes its request is complete before the request is; what is left of that
  // is not worth a second exchange on this connection.
  const keep = !wantsClose(request.head) && !context.draining() && body.received;
  // The head is a view of a buffer that reading the body uses again.
  const upstreamKeeps = !wantsClose(head) && framing.kind !== "close";
  const out = downstream.toClient;
  out.clear();
  writeResponseHead(out, {
    head,
    framing: toClient,
    connection: keep ? "keep" : "close",
    intercepted: downstream.tunnel !== undefined,
  });
  try {
    const exact = await relayBody(connection, { ...parts, toClient });
    const reusable = exact && upstreamKeeps && body.written;
    if (reusable) context.upstreams.release(connection);
    else connection.stream.close();
  } catch (error) {
    connection.stream.close();
    body.discard();
    context.log.warn("cut", {
      reason: error instanceof WireError ? error.message : "the connection broke",
      client: downstream.peer,
      status: head.status,
    });
    downstream.stream.abort();
    return "closed";
  }
  if (keep) return "keep";
  body.discard();
  await finish(parts);
  return "closed";
}

function framingOf(method: string, head: ResponseHead): Framing {
  try {
    return responseFraming(method, head);
  } catch (error) {
    if (error instanceof WireError) throw malformed(error.message);
    throw error;
  }
}

/**
 * A body without a known end is chunked, so that the connection can be kept and a cut be seen; a
 * client of HTTP/1.0 does not know chunks and gets the end of the connection.
 */
function framingTowardsClient(framing: Framing, minorVersion: number): Framing {
  if (framing.kind !== "close" && framing.kind !== "chunked") return framing;
  return minorVersion === 1 ? { kind: "chunked" } : { kind: "close" };
}

/** @returns Whether the body ended exactly where the upstream's octets did. */
async function relayBody(
  { stream }: UpstreamConnection,
  { framing, toClient, downstream, context }: RelayParts & { framing: Framing; toClient: Framing },
): Promise<boolean> {
  const decoder = new BodyDecoder(framing, context.limits.trailers);
  const out = downstream.toClient;
  const { deadline } = downstream;
  if (!decoder.done && !stream.hasUnread) {
    await downstream.stream.write(out.view());
    out.clear();
  }
  let surplus = 0;
  while (!decoder.done) {
    const chunk = await stream.read();
    if (chunk === null) {
      decoder.end();
    } else {
      const data: Uint8Array[] = [];
      surplus = chunk.length - decoder.decode(chunk, data);
      if (!decoder.done) stream.prefetch();
      deadline.set(context.limits.idleTimeout);
      if (toClient.kind === "chunked") writeChunk(out, data);
      else if (out.length > 0) { for (const piece of data) out.bytes(piece); }
      else for (const piece of data) await downstream.stream.write(piece);
    }
    if (decoder.done && toClient.kind === "chunked") {
      writeLastChunk(out, { trailers: decoder.trailers });
    }
    if (out.length > 0) {
      await downstream.stream.write(out.view());
      out.clear();
    }
  }
  if (out.length > 0) await downstream.stream.write(out.view());
  return surplus === 0 && !stream.hasUnread;
}

/** Ends the client's connection so that it can still read what it was sent. */
async function finish({ downstream, body }: RelayParts): Promise<void> {
  const { stream, deadline } = downstream;
  stream.onEnd = undefined;
  deadline.onExpire = () => stream.close();
  deadline.set(LINGER);
  await stream.closeWrite();
  await body.settled();
  stream.close();
}

/** How long an upload that nobody wants any more is still read, in milliseconds. */
const LINGER = 2000;
