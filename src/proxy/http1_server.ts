import { ProxyError } from "../errors.ts";
import { parseRequestHead, type RequestHead } from "../wire/http1_head.ts";
import { HeadTooLargeError } from "../wire/wire_error.ts";
import type { ProxyContext, SocketDownstream } from "./context.ts";
import { exchange } from "./exchange.ts";
import { takeHead } from "./read_head.ts";
import { refuseUnread, toProxyError } from "./report_refusal.ts";

/**
 * Serves the requests of one HTTP/1 connection, one after the other, until it ends. Requests that
 * arrive early (pipelining, RFC 9112 section 9.3.2) wait unread and are answered in order.
 *
 * @param options `context` gives what is in force: each request is held to that.
 * @returns What `serveConnect` returned, if it was called: the connection inside, to be served next.
 */
export async function serveHttp1(
  downstream: SocketDownstream,
  { context, serveConnect }: {
    context: () => ProxyContext;
    /** Serves CONNECT; absent inside a tunnel, where it is refused. */
    serveConnect?: (
      head: RequestHead,
      parts: { downstream: SocketDownstream; context: ProxyContext },
    ) => Promise<SocketDownstream | undefined>;
  },
): Promise<SocketDownstream | undefined> {
  const { stream } = downstream;
  // Outside the loop, and emptied in it: a suspended function keeps its variables, and an idle
  // connection should not keep its last request.
  let head: RequestHead | null = null;
  try {
    for (let first = true; context().accepting() || stream.hasUnread; first = false) {
      head = await nextHead(downstream, { context: context(), first });
      if (head === null || !downstream.setBusy("busy")) break;
      const parts = { downstream, context: context() };
      if (head.method === "CONNECT" && serveConnect !== undefined) {
        return await serveConnect(head, parts);
      }
      if (await exchange(head, parts) === "closed") return undefined;
      head = null;
      downstream.setBusy("idle");
    }
  } catch (error) {
    if (!stream.ended) {
      context().log.error("failed", { client: downstream.peer, cause: String(error) });
    }
  }
  stream.close();
  return undefined;
}

/** Reads a request head; what cannot be read is answered here. `null` ends the connection. */
async function nextHead(
  downstream: SocketDownstream,
  { context, first }: { context: ProxyContext; first: boolean },
): Promise<RequestHead | null> {
  const { stream, deadline } = downstream;
  const { limits } = context;
  let late = false;
  let begun = false;
  const patience = first ? limits.headTimeout : limits.keepAliveTimeout;
  let rested = patience <= REST_AFTER;
  deadline.onExpire = () => {
    if (begun) {
      late = true;
      stream.interrupt();
    } else if (rested) stream.close();
    else {
      rested = true;
      rest(downstream);
      deadline.set(patience - REST_AFTER);
    }
  };
  deadline.set(rested ? patience : REST_AFTER);
  try {
    const firstOctets = await stream.read();
    if (firstOctets === null) return null;
    begun = true;
    downstream.setBusy("pending");
    deadline.set(limits.headTimeout);
    const octets = await takeHead(stream, { first: firstOctets, limits: limits.head });
    deadline.clear();
    return parseRequestHead(octets, octets.length, limits.head);
  } catch (thrown) {
    if (stream.broken) return null;
    const error = headFailure(thrown, { late, headTimeout: limits.headTimeout });
    await refuseUnread(error, { downstream, context });
    return null;
  }
}

/** A connection on which nothing comes for so many milliseconds gives its memory back. */
const REST_AFTER = 1000;

function rest({ stream, toUpstream, toClient }: SocketDownstream): void {
  stream.trim();
  toUpstream.trim();
  toClient.trim();
}

function headFailure(
  thrown: unknown,
  { late, headTimeout }: { late: boolean; headTimeout: number },
): ProxyError {
  if (late) {
    return new ProxyError("head_timeout", `No whole request head within ${headTimeout / 1000} s`);
  }
  if (thrown instanceof HeadTooLargeError) return new ProxyError("head_too_large", thrown.message);
  return toProxyError(thrown);
}
