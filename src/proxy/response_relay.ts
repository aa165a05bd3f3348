/**
 * A response on its way from the service to the client. Past 300 lines, because whatever may become of a
 * head (passed on, searched, switched, refused, cut) is decided in one order.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import { type ContentCoding, contentCoding } from "../policy/accept_encoding.ts";
import type { Redactor } from "../policy/redact.ts";
import { SpdyRedactor } from "../policy/redact_spdy.ts";
import { WebSocketRedactor } from "../policy/redact_websocket.ts";
import { type Framing, noBody, responseFraming } from "../wire/framing.ts";
import { parseResponseHead, type ResponseHead } from "../wire/http1_head.ts";
import { StreamError } from "../wire/http2/http2_error.ts";
import { compressesMessages } from "../wire/grpc_messages.ts";
import { SpdyFrameReader } from "../wire/spdy_frames.ts";
import type { UpgradeProtocol } from "../wire/upgrade_protocol.ts";
import { WebSocketFrameReader } from "../wire/websocket_frames.ts";
import { WireError } from "../wire/wire_error.ts";
import { formatHop } from "../policy/proxy_hop.ts";
import { loginRefused } from "./connect_through.ts";
import type { Change } from "./byte_stream.ts";
import type { Outcome } from "./context.ts";
import type { Exchange } from "./pending_exchange.ts";
import { wantsClose, writeResponseHead } from "./forward_head.ts";
import type { Protocol } from "./protocol.ts";
import { takeHead } from "./read_head.ts";
import { relay } from "./relay.ts";
import type { RequestBody } from "./request_body.ts";
import { framingTowardsClient, relayBody } from "./response_body.ts";
import type { UpstreamConnection } from "./upstream_pool.ts";

/** More interim responses than any service sends: what follows them is a flood. */
const MAX_INTERIM_RESPONSES = 32;

/** The upstream's connection ended before one octet of a response. */
export class UnansweredError extends ProxyError {
  /** Whether the upstream has said that it has not looked at the request (RFC 9113 section 8.7). */
  readonly unprocessed: boolean;

  constructor(cause?: unknown) {
    super("connection_terminated", "The destination closed the connection without an answer", {
      cause,
    });
    this.unprocessed = cause instanceof StreamError && cause.unprocessed;
  }
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
      exchange.entry.answered();
      exchange.downstream.deadline.set(idleTimeout);
      const octets = await takeHead(stream, { first, limits });
      head = parseResponseHead(octets, octets.length, limits);
      framing = responseFraming(exchange.method, head);
    } catch (error) {
      throw headFailure(error, { answered, body: exchange.body });
    }
    if (head.status === 407 && exchange.askedProxy !== undefined) {
      // The client cannot mend it, and would take it for our own.
      const { askedProxy } = exchange;
      throw new ProxyError(
        "destination_unavailable",
        `The proxy ${formatHop(askedProxy)} does not forward: ${loginRefused(askedProxy)}`,
      );
    }
    if (head.status === 101) return await switchProtocols(connection, { head, exchange });
    if (head.status >= 200) return await relayFinal(connection, { head, framing, exchange });
    await relayInterim(connection, { head, exchange });
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

async function relayInterim(
  { protocol }: UpstreamConnection,
  { head, exchange }: { head: ResponseHead; exchange: Exchange },
): Promise<void> {
  // RFC 9110 section 15.2: not to an HTTP/1.0 client.
  if (exchange.minorVersion === 0) return;
  composeHead(head, {
    framing: noBody,
    connection: "keep",
    coding: "identity",
    protocol,
    exchange,
  });
  const { stream, toClient } = exchange.downstream;
  await stream.write(toClient.view());
}

async function switchProtocols(
  { stream: upstream, protocol }: UpstreamConnection,
  { head, exchange }: { head: ResponseHead; exchange: Exchange },
): Promise<Outcome> {
  const { upgrade, downstream, context, redactor } = exchange;
  const switchedTo = head.fields.getAll("upgrade");
  // One protocol, the one that was asked for: a list could be read as a switch to several.
  if (switchedTo.length !== 1 || switchedTo[0]?.toLowerCase() !== upgrade?.toLowerCase()) {
    throw malformed("it switches to a protocol that was not asked for");
  }
  if (redactor !== undefined && head.fields.has("sec-websocket-extensions")) {
    throw malformed("it agrees to a WebSocket extension that was not asked for");
  }
  composeHead(head, {
    framing: noBody,
    connection: "upgrade",
    coding: "identity",
    protocol,
    exchange,
  });
  exchange.entry.status = head.status;
  const { stream, deadline, toClient } = downstream;
  await stream.write(toClient.view());
  // From here on the client's end is one half of a tunnel's, not a cancellation.
  stream.onEnd = undefined;
  await relay(stream, {
    upstream,
    deadline,
    limits: context.limits,
    changeSent: frameCheck(upgrade, { extended: head.fields.has("sec-websocket-extensions") }),
    ...(redactor === undefined ? {} : { change: frameRedaction(upgrade, redactor) }),
  });
  return "closed";
}

function frameRedaction(upgrade: UpgradeProtocol | undefined, redactor: Redactor): Change {
  const frames = upgrade === "SPDY/3.1"
    ? new SpdyRedactor(redactor)
    : new WebSocketRedactor(redactor);
  return (octets, out) => frames.push(octets, out);
}

/**
 * Passes frames on as they are, and nothing else. A service that says 101 and goes on with HTTP would
 * take what follows for requests, which nobody has checked; and where it knows us by a client
 * certificate they would count as ours.
 */
function frameCheck(
  upgrade: UpgradeProtocol | undefined,
  options: { extended: boolean },
): Change {
  const frames = upgrade === "SPDY/3.1"
    ? new SpdyFrameReader()
    : new WebSocketFrameReader("client", options);
  return (octets, out) => {
    frames.read(octets, []);
    out.push(octets);
  };
}

async function relayFinal(
  connection: UpstreamConnection,
  { head, framing, exchange }: { head: ResponseHead; framing: Framing; exchange: Exchange },
): Promise<Outcome> {
  const { body, downstream, context } = exchange;
  const coding = searchableCoding(head, { framing, exchange });
  const toClient = framingTowardsClient(framing, {
    minorVersion: exchange.minorVersion,
    keepsLength: coding === "identity",
  });
  // A response that overtakes its request is complete before the request is; what is left of that
  // is not worth a second exchange on this connection.
  const keep = !exchange.wantsClose && !context.draining() && body.received;
  const inOrder = body.written;
  // The head is a view of a buffer that reading the body uses again.
  const upstreamKeeps = !wantsClose(head) && framing.kind !== "close";
  const { status } = head;
  exchange.entry.status = status;
  composeHead(head, {
    framing: toClient,
    connection: keep ? "keep" : "close",
    coding,
    protocol: connection.protocol,
    exchange,
  });
  try {
    const exact = await relayBody(connection, { head, framing, toClient, coding, exchange });
    if (exact && upstreamKeeps && inOrder) context.upstreams.release(connection);
    else connection.stream.close();
  } catch (error) {
    connection.stream.close();
    body.discard();
    const cancelled = exchange.cancelReason();
    const reason = cancelled?.message ??
      (error instanceof WireError ? error.message : "the connection broke");
    exchange.entry.failed({ side: "upstream", message: `the response was cut: ${reason}` });
    // Clients leave streams that have no end: that is nothing to warn of.
    if (cancelled?.kind !== "client_gone") {
      const { id } = exchange.entry;
      context.log.warn("cut", { id, reason, client: downstream.peer, status });
    }
    downstream.stream.abort(error);
    return "closed";
  }
  downstream.prove();
  if (keep) return "keep";
  body.discard();
  await finish(exchange);
  return "closed";
}

/** Puts the head together, to leave with the first octets of the body. */
function composeHead(
  head: ResponseHead,
  { framing, connection, coding, protocol, exchange }: {
    framing: Framing;
    connection: "keep" | "close" | "upgrade";
    coding: ContentCoding | "identity";
    /** What the response was received in. */
    protocol: Protocol;
    exchange: Exchange;
  },
): void {
  const { toClient, tunnel } = exchange.downstream;
  toClient.clear();
  writeResponseHead(toClient, {
    head,
    framing,
    connection,
    decoded: coding !== "identity",
    intercepted: tunnel !== undefined,
    via: exchange.context.via,
    protocol,
  });
  exchange.redactor?.whole(toClient.view());
}

/**
 * Tells how the content of a response is coded that will be searched for credentials.
 *
 * @returns `identity` where there is nothing to take off: it is not searched, or has no body.
 * @throws {ProxyError} if it cannot be searched, though only what can was asked for.
 */
function searchableCoding(
  { fields, status }: ResponseHead,
  { framing, exchange }: { framing: Framing; exchange: Exchange },
): ContentCoding | "identity" {
  const { redactor, redaction } = exchange;
  if (redactor === undefined) return "identity";
  if (status === 206 && !redaction.allowsRange) {
    throw malformed("it is a part, and the whole was asked for");
  }
  // RFC 3229 section 10.4.1: its body is a difference, or is coded in a way that IM tells.
  if (status === 226) throw malformed("it has manipulations that were not asked for");
  // Servers compress if the client does, and a client of HTTP/1.1 reaches those of gRPC as well.
  if (compressesMessages(fields)) {
    throw new ProxyError(
      "content_coding_refused",
      "The destination's messages are compressed, though that was not asked for: credentials could " +
        "not be found in them; some services do so if the client compresses its own",
    );
  }
  if (framing.kind === "none" || !fields.has("content-encoding")) return "identity";
  const coding = contentCoding(fields.getAll("content-encoding"));
  if (coding !== undefined) return coding;
  throw new ProxyError(
    "content_coding_refused",
    "The destination's answer is in a content coding that was not asked for, " +
      "in which credentials could not be found",
  );
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
