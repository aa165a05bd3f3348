/**
 * Carries a request whose destination is settled: connect, inject last, send, answer.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import { formatAuthority } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import type { Downstream, Outcome, ProxyContext, SettledRequest } from "./context.ts";
import { requestedUpgrade, writeRequestHead } from "./forward_head.ts";
import { relayResponse, UnansweredError } from "./response_relay.ts";
import { RequestBody } from "./request_body.ts";
import type { UpstreamConnection } from "./upstream_pool.ts";
import type { UpstreamRequest } from "./upstreams.ts";

/** RFC 9110 section 9.2.2. */
const idempotent: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "PUT",
  "DELETE",
]);

/**
 * Sends the request and passes the response on.
 *
 * @throws {ProxyError} or {WireError} as long as nothing of a response has been sent to the client, so
 *   that the caller can send a refusal. What fails later cuts the client's connection.
 */
export async function forward(
  request: SettledRequest,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): Promise<Outcome> {
  const { head, scheme, authority, rule } = request;
  const upstreamRequest: UpstreamRequest = {
    scheme,
    authority,
    agent: downstream.agent,
    ...(rule === undefined ? {} : { rule }),
  };
  const body = new RequestBody(request.framing, { downstream, limits: context.limits });
  const cancel = new Cancellation(downstream);
  cancel.watch(context.limits.idleTimeout);
  try {
    let connection = context.upstreams.takeIdle(upstreamRequest);
    while (true) {
      connection ??= await context.upstreams.open(upstreamRequest);
      try {
        return await attempt(connection, { request, body, cancel, downstream, context });
      } catch (error) {
        connection.stream.close();
        if (!isSafeToRepeat(error, { connection, head, body })) throw error;
        connection = undefined;
      }
    }
  } catch (error) {
    body.discard();
    throw cancel.reason ?? error;
  } finally {
    cancel.unwatch();
  }
}

/**
 * A kept connection that the peer closed as we wrote is tried again, once, on a new one: only if
 * not one octet came back, the body is not partly gone, and RFC 9110 section 9.2.2 lets the method
 * be repeated.
 */
function isSafeToRepeat(
  error: unknown,
  { connection, head, body }: {
    connection: UpstreamConnection;
    head: RequestHead;
    body: RequestBody;
  },
): boolean {
  return error instanceof UnansweredError && connection.reused && body.untouched &&
    idempotent.has(head.method);
}

async function attempt(
  connection: UpstreamConnection,
  { request, body, cancel, downstream, context }: {
    request: SettledRequest;
    body: RequestBody;
    cancel: Cancellation;
    downstream: Downstream;
    context: ProxyContext;
  },
): Promise<Outcome> {
  const { head, framing, authority, pathAndQuery, rule, scheme } = request;
  const { stream } = connection;
  cancel.closes(stream);
  const upgrade = requestedUpgrade(head, framing);
  const out = downstream.toUpstream;
  out.clear();
  writeRequestHead(out, {
    head,
    pathAndQuery,
    host: formatAuthority(authority, { defaultPort: scheme === "https" ? 443 : 80 }),
    framing,
    upgrade,
    injection: rule?.injection,
  });
  stream.prefetch();
  try {
    await stream.write(out.view());
  } catch (cause) {
    throw new UnansweredError(cause);
  }
  body.sendTo(stream, rule?.injection?.removeFields);
  return await relayResponse(connection, { request, upgrade, body, downstream, context });
}

/** Ends an exchange from outside: the client left, or nothing has moved for too long. */
class Cancellation {
  readonly #downstream: Downstream;
  #stream: { close(): void } | undefined;
  reason: ProxyError | undefined;

  constructor(downstream: Downstream) {
    this.#downstream = downstream;
  }

  /** Names the upstream stream that a cancellation closes. */
  closes(stream: { close(): void }): void {
    this.#stream = stream;
    if (this.reason !== undefined) stream.close();
  }

  watch(idleTimeout: number): void {
    const { stream, deadline } = this.#downstream;
    // A client that ends its side while it waits is taken to have left, as nearly all have: a
    // silent event stream would otherwise be held open for nobody.
    stream.onEnd = () => this.#cancel(new ProxyError("client_gone", "The client has left"));
    deadline.onExpire = () =>
      this.#cancel(
        new ProxyError("response_timeout", `Nothing has moved for ${idleTimeout / 1000} s`),
      );
    deadline.set(idleTimeout);
  }

  unwatch(): void {
    this.#downstream.stream.onEnd = undefined;
    this.#downstream.deadline.clear();
  }

  #cancel(reason: ProxyError): void {
    this.reason = reason;
    this.#stream?.close();
  }
}
