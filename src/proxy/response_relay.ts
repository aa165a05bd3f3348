import { ProxyError } from "../errors.ts";
import { BodyDecoder } from "../wire/body_decoder.ts";
import { type Framing, noBody, responseFraming } from "../wire/framing.ts";
import { parseResponseHead, type ResponseHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import { writeChunk } from "./chunk_writer.ts";
import type { Downstream, Outcome, ProxyContext } from "./context.ts";
import { wantsClose, writeLastChunk, writeResponseHead } from "./forward_head.ts";
import { takeHead } from "./read_head.ts";
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

/** What a response depends on of its request, whose head may be overwritten by now. */
export interface Exchange {
  readonly method: string;
  readonly minorVersion: number;
  /** The client wants the connection to end after this. */
  readonly wantsClose: boolean;
  /** The protocol that the request asks to switch to. */
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
  exchange: Exchange,
): Promise<Outcome> {
  const { stream } = connection;
  const { head: limits, idleTimeout } = exchange.context.limits;
  let answered = false;
  for (let interim = 0; interim <= MAX_INTERIM_RESPONSES; interim++) {
    let head: ResponseHead;
    let framing: Framing;
    try {
      const first = await stream.read();
      if (first === null) throw new WireError("Cannot read the head: the connection ended");
      answered = true;
      exchange.downstream.deadline.set(idleTimeout);
      const octets = await takeHead(stream, { first, limits });
      head = parseResponseHead(octets, octets.length, limits);
      framing = responseFraming(exchange.method, head);
    } catch (error) {
      throw headFailure(error, { answered, body: exchange.body });
    }
    if (head.status === 101) return await switchProtocols(connection, { head, exchange });
    if (head.status >= 200) return await relayFinal(connection, { head, framing, exchange });
    await relayInterim(head, exchange);
  }
  throw malformed("more interim responses than allowed");
}

function headFailure(
  error: unknown,
  { answered, body }: { answered: boolean; body: RequestBody },
): unknown {
  if (body.failure !== undefined) return body.failure;
  if (!answered) return new UnansweredError(error);
  if (error instanceof WireError) return malformed(error.message);
  return new ProxyError("response_incomplete", "The destination's answer broke off", {
    cause: error,
  });
}

function malformed(reason: string): ProxyError {
  return new ProxyError("malformed_response", `The destination's answer is refused: ${reason}`);
}

async function relayInterim(head: ResponseHead, exchange: Exchange): Promise<void> {
  // RFC 9110 section 15.2: not to an HTTP/1.0 client.
  if (exchange.minorVersion === 0) return;
  composeHead(head, { framing: noBody, connection: "keep", exchange });
  const { stream, toClient } = exchange.downstream;
  await stream.write(toClient.view());
}

async function switchProtocols(
  { stream: upstream }: UpstreamConnection,
  { head, exchange }: { head: ResponseHead; exchange: Exchange },
): Promise<Outcome> {
  const { upgrade, downstream, context } = exchange;
  const switchedTo = head.fields.getAll("upgrade");
  // One protocol, the one that was asked for: a list could be read as a switch to several.
  if (switchedTo.length !== 1 || switchedTo[0]?.toLowerCase() !== upgrade) {
    throw malformed("it switches to a protocol that was not asked for");
  }
  composeHead(head, { framing: noBody, connection: "upgrade", exchange });
  const { stream, deadline, toClient } = downstream;
  await stream.write(toClient.view());
  // From here on the client's end is one half of a tunnel's, not a cancellation.
  stream.onEnd = undefined;
  await relay(stream, { upstream, deadline, idleTimeout: context.limits.idleTimeout });
  return "closed";
}

async function relayFinal(
  connection: UpstreamConnection,
  { head, framing, exchange }: { head: ResponseHead; framing: Framing; exchange: Exchange },
): Promise<Outcome> {
  const { body, downstream, context } = exchange;
  const toClient = framingTowardsClient(framing, exchange.minorVersion);
  // A response that overtakes its request is complete before the request is; what is left of that
  // is not worth a second exchange on this connection.
  const keep = !exchange.wantsClose && !context.draining() && body.received;
  // The head is a view of a buffer that reading the body uses again.
  const upstreamKeeps = !wantsClose(head) && framing.kind !== "close";
  const { status } = head;
  composeHead(head, { framing: toClient, connection: keep ? "keep" : "close", exchange });
  try {
    const exact = await relayBody(connection, { head, framing, toClient, exchange });
    if (exact && upstreamKeeps && body.written) context.upstreams.release(connection);
    else connection.stream.close();
  } catch (error) {
    connection.stream.close();
    body.discard();
    context.log.warn("cut", {
      reason: error instanceof WireError ? error.message : "the connection broke",
      client: downstream.peer,
      status,
    });
    downstream.stream.abort();
    return "closed";
  }
  if (keep) return "keep";
  body.discard();
  await finish(exchange);
  return "closed";
}

/** Puts the head together, to leave with the first octets of the body. */
function composeHead(
  head: ResponseHead,
  { framing, connection, exchange }: {
    framing: Framing;
    connection: "keep" | "close" | "upgrade";
    exchange: Exchange;
  },
): void {
  const { toClient, tunnel } = exchange.downstream;
  toClient.clear();
  writeResponseHead(toClient, {
    head,
    framing,
    connection,
    intercepted: tunnel !== undefined,
    via: exchange.context.via,
  });
}

/**
 * A body without a known end is chunked, so that the connection can be kept and a cut be seen; a
 * client of HTTP/1.0 does not know chunks and gets the end of the connection.
 */
function framingTowardsClient(framing: Framing, minorVersion: number): Framing {
  if (framing.kind !== "close" && framing.kind !== "chunked") return framing;
  return minorVersion === 1 ? { kind: "chunked" } : { kind: "close" };
}

/**
 * Sends the head that has been composed, and the body.
 *
 * @returns Whether the body ended exactly where the upstream's octets did.
 */
async function relayBody(
  { stream }: UpstreamConnection,
  { head, framing, toClient, exchange }: {
    head: ResponseHead;
    framing: Framing;
    toClient: Framing;
    exchange: Exchange;
  },
): Promise<boolean> {
  const { downstream, context } = exchange;
  const { trailers, idleTimeout } = context.limits;
  const decoder = new BodyDecoder(framing, trailers);
  const out = downstream.toClient;
  if (!decoder.done && !stream.hasUnread) {
    await downstream.stream.write(out.view());
    out.clear();
  }
  let surplus = 0;
  while (!decoder.done) {
    const chunk = stream.take() ?? await stream.read();
    if (chunk === null) {
      decoder.end();
    } else {
      const data: Uint8Array[] = [];
      surplus = chunk.length - decoder.decode(chunk, data);
      if (!decoder.done) stream.prefetch();
      downstream.deadline.set(idleTimeout);
      if (toClient.kind === "chunked") writeChunk(out, data);
      else if (out.length > 0) { for (const piece of data) out.bytes(piece); }
      else for (const piece of data) await downstream.stream.write(piece);
    }
    if (decoder.done && toClient.kind === "chunked") {
      const named = head.fields.connectionOptions;
      writeLastChunk(out, { trailers: decoder.trailers, named });
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
async function finish({ downstream, body }: Exchange): Promise<void> {
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
