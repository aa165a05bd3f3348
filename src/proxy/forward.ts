/**
 * Carries a request whose destination is settled: connect, inject last, send, answer.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import type { Injection } from "../policy/inject.ts";
import { Redactor } from "../policy/redact.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { ByteStream } from "./byte_stream.ts";
import { asCertificateRefusal } from "./certificate_refusal.ts";
import type { Downstream, Outcome, ProxyContext, SettledRequest } from "./context.ts";
import { askedProxy } from "./route.ts";
import { requestedUpgrade, wantsClose, writeRequestHead } from "./forward_head.ts";
import type { AuditEntry } from "./audit_entry.ts";
import type { Limits } from "./limits.ts";
import type { Exchange } from "./pending_exchange.ts";
import { relayResponse, UnansweredError } from "./response_relay.ts";
import { RequestBody } from "./request_body.ts";
import { prepareSigning, type Signing } from "./sign_request.ts";
import type { UpstreamConnection } from "./upstream_pool.ts";
import { clientGone } from "./while_client_stays.ts";

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
  { downstream, context, entry }: {
    downstream: Downstream;
    context: ProxyContext;
    entry: AuditEntry;
  },
): Promise<Outcome> {
  const { head, framing, route } = request;
  const { redacts } = route.redaction;
  const watch = framing.kind === "none" ? undefined : context.canaries.watchBody();
  const onOctets = (octets: number) => {
    entry.received(octets);
    request.spend?.(octets, performance.now());
  };
  const cancel = new Cancellation(downstream);
  const exchange: Exchange = {
    method: head.method,
    minorVersion: head.minorVersion,
    wantsClose: wantsClose(head),
    upgrade: requestedUpgrade(head, { framing, allowed: route.rule?.upgrades }),
    body: new RequestBody(framing, { downstream, limits: context.limits, watch, onOctets }),
    watch,
    entry,
    redaction: route.redaction,
    askedProxy: askedProxy(route),
    redactor: redacts ? new Redactor(context.redaction) : undefined,
    cancelReason: () => cancel.reason,
    downstream,
    context,
  };
  const { body } = exchange;
  cancel.watch(context.limits);
  const inFlight = { route, cut: (reason: ProxyError) => cancel.cancel(reason) };
  if (route.rule !== undefined) context.exchanges.add(inFlight, context.rules);
  // A kept one may just be closing. A request to switch is not to be repeated (`exec` by GET acts all
  // the same, whatever RFC 9110 says of GET), nor would the connection be kept after it.
  let connection: UpstreamConnection | undefined;
  try {
    const signer = injectionOf(route.rule)?.signer;
    const signing = signer &&
      await cancel.orEnds(prepareSigning(request, { signer, exchange }));
    const sent = signing?.request ?? request;
    connection = exchange.upgrade === undefined
      ? context.upstreams.takeIdle(route, downstream.protocol)
      : undefined;
    while (true) {
      if (connection === undefined) {
        const since = performance.now();
        connection = await context.upstreams.open(route, {
          protocol: downstream.protocol,
          signal: cancel.startSignal(),
        });
        entry.connected(since);
      }
      const { stream } = connection;
      cancel.closes(stream);
      const injection = injectionOf(route.rule);
      const out = composeHead(sent, { exchange, injection, signing });
      try {
        stream.prefetch();
        try {
          await stream.write(out);
        } catch (cause) {
          throw new UnansweredError(await firstFailure(stream, cause));
        }
        entry.requestSent(stream.peer, connection.protocol);
        body.sendTo(stream, {
          named: sent.head.fields.connectionOptions,
          carriers: injection?.removeFields,
        });
        const outcome = await relayResponse(connection, exchange);
        if (entry.status === 401) route.rule?.live?.doubt();
        return outcome;
      } catch (error) {
        stream.close();
        if (!isSafeToRepeat(error, { connection, exchange })) {
          throw asCertificateRefusal(error, { route, reused: connection.reused });
        }
        connection = undefined;
      }
    }
  } catch (error) {
    connection?.stream.close();
    body.discard();
    throw cancel.reason ?? error;
  } finally {
    entry.hits = exchange.redactor?.hits;
    entry.inBody = watch?.found;
    cancel.unwatch();
    context.exchanges.remove(inFlight);
  }
}

/** Why nothing can be written: what the peer said before, if it did (an alert of TLS, say). */
async function firstFailure(stream: ByteStream, onWrite: unknown): Promise<unknown> {
  if (!stream.isReadable || stream.hasUnread) return onWrite;
  return await stream.read().then(() => onWrite, (failure) => failure);
}

/**
 * What is done to the request. It is asked for as late as this, since a credential may have expired
 * while the service was connected to.
 *
 * @throws {ProxyError} `credential_unavailable`.
 */
function injectionOf(rule: Rule | undefined): Injection | undefined {
  if (rule === undefined) return undefined;
  const { injection, unavailable } = credentialOf(rule);
  if (injection !== undefined) return injection;
  throw new ProxyError("credential_unavailable", unavailable ?? `Rule ${rule.name} has none`);
}

function composeHead(
  { head, framing, pathAndQuery, route }: SettledRequest,
  { exchange: { upgrade, downstream, context }, injection, signing }: {
    exchange: Exchange;
    injection: Injection | undefined;
    signing: Signing | undefined;
  },
): Uint8Array {
  const out = downstream.toUpstream;
  out.clear();
  writeRequestHead(out, {
    head,
    pathAndQuery,
    host: route.host,
    framing,
    upgrade,
    injection,
    redaction: route.redaction,
    sign: injection?.signer && signing?.sign(injection.signer),
    holdsContent: signing?.holdsContent ?? false,
    via: context.via,
    protocol: downstream.protocol,
    askedProxy: askedProxy(route),
  });
  return out.view();
}

/**
 * A kept connection that the peer closed as we wrote is tried again, once, on a new one: only if
 * not one octet came back, the body is not partly gone, and RFC 9110 section 9.2.2 lets the method
 * be repeated, or the peer says that it has not looked at the request.
 */
function isSafeToRepeat(
  error: unknown,
  { connection, exchange }: { connection: UpstreamConnection; exchange: Exchange },
): boolean {
  return error instanceof UnansweredError && connection.reused && exchange.body.untouched &&
    (error.unprocessed || idempotent.has(exchange.method));
}

/** Ends an exchange from outside: the client left, or nothing has moved for too long. */
class Cancellation {
  readonly #downstream: Downstream;
  #upstream: ByteStream | undefined;
  #stop: (() => void) | undefined;
  reason: ProxyError | undefined;

  constructor(downstream: Downstream) {
    this.#downstream = downstream;
  }

  /** A signal that a cancellation aborts, for as long as there is no stream to close. */
  startSignal(): AbortSignal {
    const controller = new AbortController();
    this.#onCancel(() => controller.abort(this.reason));
    return controller.signal;
  }

  /** What comes of something before there is a stream to close; a cancellation ends the wait. */
  async orEnds<T>(action: Promise<T>): Promise<T> {
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    this.#onCancel(() => reject(this.reason));
    return await Promise.race([action, cancelled]);
  }

  /** Names the upstream stream that a cancellation closes. */
  closes(stream: ByteStream): void {
    this.#upstream = stream;
    this.#onCancel(() => stream.close());
  }

  watch({ idleTimeout, stallTimeout }: Limits): void {
    const { stream, deadline } = this.#downstream;
    // A client that ends its side while it waits is taken to have left, as nearly all have: a
    // silent event stream would otherwise be held open for nobody.
    stream.onEnd = () => this.cancel(clientGone());
    deadline.onExpire = () =>
      this.cancel(
        new ProxyError("response_timeout", `Nothing has moved for ${idleTimeout / 1000} s`),
      );
    deadline.set(idleTimeout);
    deadline.onTick = (now) => this.#refuseStall(now, stallTimeout);
    // It may have done so in one go with its request.
    if (stream.ended) this.cancel(clientGone());
  }

  unwatch(): void {
    const { stream, deadline } = this.#downstream;
    stream.onEnd = undefined;
    deadline.onTick = undefined;
    deadline.clear();
  }

  /** Neither peer may hold the other's connection by taking nothing of what is sent to it. */
  #refuseStall(now: number, stallTimeout: number): void {
    if (this.reason !== undefined) return;
    const text = `has taken nothing for ${stallTimeout / 1000} s`;
    if (this.#downstream.stream.writes.stalledFor(now) >= stallTimeout) {
      this.cancel(new ProxyError("client_gone", `The client ${text}`));
    } else if ((this.#upstream?.writes.stalledFor(now) ?? 0) >= stallTimeout) {
      this.cancel(new ProxyError("response_timeout", `The destination ${text}`));
    }
  }

  #onCancel(stop: () => void): void {
    this.#stop = stop;
    if (this.reason !== undefined) stop();
  }

  cancel(reason: ProxyError): void {
    this.reason = reason;
    this.#stop?.();
    // What it does not take would be waited for without end.
    if (this.#downstream.stream.writes.isPending) this.#downstream.stream.abort();
  }
}
