/**
 * What becomes of a connection that is to lead elsewhere, whichever way the client asked for that: what
 * is decrypted, what is tunnelled, what is refused. Past 300 lines, because these are one decision, to be
 * read in one place.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import { type Authority, formatAuthority, type Host, parseHost } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import type { AuditEntry } from "./audit_entry.ts";
import type { ByteStream } from "./byte_stream.ts";
import { disagreement, dnsName } from "./connect_target.ts";
import { closeAfter, headBuffers, type ProxyContext, type SocketDownstream } from "./context.ts";
import { egressDenied, enforceEgress } from "./egress_gate.ts";
import { firstSpeaker } from "./first_speaker.ts";
import { type Opening, peek } from "./peek.ts";
import { refusalResponse } from "./refusal.ts";
import { logRefusal, toProxyError } from "./report_refusal.ts";
import { relay } from "./relay.ts";
import { RoutePlan } from "./route.ts";
import { acceptTls } from "./tls_server.ts";
import { clientGone, whileClientStays } from "./while_client_stays.ts";

/** A tunnel that a client has asked for. */
export interface TunnelParts {
  readonly downstream: SocketDownstream;
  readonly context: ProxyContext;
  /** What is known of the tunnel, for the audit log. */
  readonly entry: AuditEntry;
  /** What the client waits for before it sends what the tunnel is for; nothing if it does not wait. */
  readonly established?: Uint8Array;
  /** How it is told that there is no tunnel. */
  readonly refusal: (error: ProxyError) => Uint8Array;
  /** Whether it has been told that there is one. */
  opened?: true;
}

/**
 * Serves a tunnel to what the client named.
 *
 * @returns The connection inside, if it has been decrypted: it is to be served in place of this one.
 *   Otherwise the connection has ended.
 * @throws {ProxyError} If it is refused; {WireError} if the client starts a handshake that cannot be
 *   read. The client has not been told.
 */
export async function serveTunnel(
  authority: Authority,
  parts: TunnelParts,
): Promise<SocketDownstream | undefined> {
  const plan = planFor(authority, parts);
  if (plan.authority.kind !== "name") return await serveIpTunnel(plan, parts);
  enforceForTunnel(plan, parts);
  if (!plan.decrypts) return await serveNamedTunnel(plan, parts);
  await accept(parts);
  return await serveIntercepted(plan, await peek(parts.downstream.stream), parts);
}

/**
 * Serves a client that takes us for the service itself: it has sent a ClientHello, and waits for
 * nothing else.
 *
 * @param authority What SNI names, and the port that the client called.
 * @returns As {@linkcode serveTunnel}.
 */
export async function serveTransparentTls(
  authority: Authority,
  parts: TunnelParts,
): Promise<SocketDownstream | undefined> {
  await accept(parts);
  return await serveHello(planFor(authority, parts), parts);
}

/**
 * Tells the client why there is no tunnel. One that has been told that there is one, and speaks no TLS,
 * is told as HTTP would: it may show that.
 */
export async function refuseTunnel(
  thrown: unknown,
  { head, parts }: { head?: RequestHead; parts: TunnelParts },
): Promise<void> {
  const { downstream, context, entry } = parts;
  const error = toProxyError(thrown);
  entry.failed(error);
  if (downstream.stream.ended) return downstream.stream.close();
  entry.status = error.status;
  logRefusal(error, { id: entry.id, head, downstream, context, rule: undefined });
  const answer = parts.opened
    ? refusalResponse(error, { id: entry.id, connection: "close" })
    : parts.refusal(error);
  await closeAfter(answer, downstream);
}

/** @param address What the client asked for, where SNI named the authority. */
function planFor(
  authority: Authority,
  { downstream, context, entry }: TunnelParts,
  address?: Host,
): RoutePlan {
  const { agent } = downstream.identity;
  const plan = new RoutePlan({ scheme: "https", authority, agent }, { ...context, address });
  entry.leadsTo(plan);
  return plan;
}

/** Holds a tunnel to what the egress policy says before its requests are seen, if they ever are. */
function enforceForTunnel(
  { authority, agent, decrypts, egress }: RoutePlan,
  { downstream, context, entry: { id } }: TunnelParts,
): void {
  if (egress.allow === "inspect" || (egress.allow && decrypts)) return;
  enforceEgress(egress, { id, authority, agent, client: downstream.peer }, context.log);
}

async function accept(parts: TunnelParts): Promise<void> {
  const { downstream, context, established } = parts;
  const { stream, deadline } = downstream;
  deadline.onExpire = () => stream.close();
  deadline.set(context.limits.handshakeTimeout);
  if (established !== undefined) {
    await stream.write(established);
    parts.opened = true;
  }
  // A tunnel in which nothing has been said yet is no reason to wait when the proxy stops.
  downstream.setBusy("idle");
}

/**
 * A destination whose requests need not be seen: the octets pass unread. The upstream is dialled
 * before the client is told, so that a failure has a status; and it may speak first, as SSH and SMTP do.
 */
async function serveNamedTunnel(
  plan: RoutePlan,
  parts: TunnelParts,
): Promise<SocketDownstream | undefined> {
  const upstream = await openTunnel(plan, parts);
  try {
    await accept(parts);
    return await relayChecked(plan, { upstream, parts });
  } finally {
    upstream.close();
  }
}

/** For a client that waits to be told, or for the answer to its ClientHello. */
async function openTunnel(
  plan: RoutePlan,
  { downstream, context }: TunnelParts,
): Promise<ByteStream> {
  return await whileClientStays(
    downstream.stream,
    (signal) => context.upstreams.openTunnel(plan, signal),
  );
}

/**
 * An address as the target. If the client then names a host in SNI, that name is the authority and
 * the address is ignored (I1), but for what denies it: otherwise the client would choose where a
 * credential goes.
 */
async function serveIpTunnel(
  plan: RoutePlan,
  parts: TunnelParts,
): Promise<SocketDownstream | undefined> {
  const { downstream, context } = parts;
  const { stream } = downstream;
  if (plan.deniedOutright && plan.egress.allow === false) {
    throw egressDenied(plan.authority, plan.egress.reason);
  }
  if (plan.decrypts) {
    await accept(parts);
    return await serveNamed(plan, { opening: await peek(stream), parts });
  }
  const { refusal, own } = refusalOfAddress(plan, context);
  // A name in SNI could still lead elsewhere, but only to what is named for that port.
  const { port } = plan.authority;
  const elsewhere = context.rules.namesHostOn(port) || context.egress.allowsNamesOn(port);
  if (refusal !== undefined && (own || !elsewhere)) throw refusal;
  await accept(parts);
  if (refusal !== undefined) {
    return await serveNamed(plan, { opening: await peek(stream), parts, refusal });
  }
  // Dialled while the client is waited for, as the upstream may speak first. A failure counts only
  // if the address is used in the end: then it is awaited. A client that has ended its side may
  // still wait for what the upstream says, one that is gone does not.
  const stop = new AbortController();
  const opened = context.upstreams.openTunnel(plan, stop.signal);
  opened.catch(() => {});
  stream.onClose = () => stop.abort(clientGone());
  try {
    if (await firstSpeaker(stream, opened) === "client") {
      const opening = await peek(stream);
      if (opening.kind === "hello" && dnsName(opening.serverName) !== undefined) {
        return await serveNamed(plan, { opening, parts });
      }
    }
    enforceForTunnel(plan, parts);
    return await relayTo(await opened, parts);
  } finally {
    stream.onClose = undefined;
    stop.abort(clientGone());
    opened.then((upstream) => upstream.close(), () => {});
  }
}

/** Why the address itself may not be reached: the address guard or the egress policy's default. */
function refusalOfAddress(
  plan: RoutePlan,
  { upstreams }: ProxyContext,
): { refusal?: ProxyError; own: boolean } {
  const vetted = upstreams.vetAddress(plan);
  if (vetted.refusal !== undefined || plan.egress.allow !== false) return vetted;
  return { own: false, refusal: egressDenied(plan.authority, plan.egress.reason) };
}

/** Serves a tunnel to an address whose client may have named a host in SNI instead. */
async function serveNamed(
  address: RoutePlan,
  { opening, parts, refusal }: { opening: Opening; parts: TunnelParts; refusal?: ProxyError },
): Promise<SocketDownstream | undefined> {
  const name = opening.kind === "hello" ? dnsName(opening.serverName) : undefined;
  if (name === undefined) {
    if (refusal === undefined) return await serveIntercepted(address, opening, parts);
    if (opening.kind !== "hello") throw refusal;
    return await decrypt(address, { parts, refusal });
  }
  const { port } = address.authority;
  return await serveHello(
    planFor({ host: name, kind: "name", port }, parts, address.authority),
    parts,
  );
}

/** Serves what a ClientHello with this name asks for; a refusal is said inside TLS. */
async function serveHello(
  plan: RoutePlan,
  parts: TunnelParts,
): Promise<SocketDownstream | undefined> {
  let upstream: ByteStream | undefined;
  try {
    enforceForTunnel(plan, parts);
    if (!plan.decrypts) upstream = await openTunnel(plan, parts);
  } catch (error) {
    const refusal = toProxyError(error);
    parts.entry.failed(refusal);
    return await decrypt(plan, { parts, refusal });
  }
  return upstream === undefined ? await decrypt(plan, { parts }) : await relayTo(upstream, parts);
}

/** The tunnel's requests must be seen: it is decrypted, or refused; never passed on unread. */
async function serveIntercepted(
  plan: RoutePlan,
  opening: Opening,
  parts: TunnelParts,
): Promise<SocketDownstream | undefined> {
  const { authority, hasRules } = plan;
  if (opening.kind === "end") return void parts.downstream.stream.close();
  if (opening.kind === "not_tls") {
    const why = hasRules ? "has a rule" : "is one whose requests the egress policy looks at";
    throw new ProxyError(
      hasRules ? "clear_text_refused" : "egress_denied",
      `${formatAuthority(authority)} ${why}, so only TLS is accepted in a tunnel to it`,
    );
  }
  const refusal = disagreement(opening.serverName, authority);
  return await decrypt(plan, { parts, ...(refusal === undefined ? {} : { refusal }) });
}

/** Passes octets on unread once the client's first ones do not contradict the target. */
async function relayChecked(
  plan: RoutePlan,
  { upstream, parts }: { upstream: ByteStream; parts: TunnelParts },
): Promise<SocketDownstream | undefined> {
  const { stream, deadline } = parts.downstream;
  deadline.set(parts.context.limits.idleTimeout);
  const speaker = await firstSpeaker(stream, Promise.resolve(upstream));
  if (speaker === "client") {
    deadline.set(parts.context.limits.handshakeTimeout);
    const opening = await peek(stream);
    const refusal = opening.kind === "hello"
      ? disagreement(opening.serverName, plan.authority)
      : undefined;
    if (refusal !== undefined) return await decrypt(plan, { parts, refusal });
  }
  return await relayTo(upstream, parts);
}

async function relayTo(
  upstream: ByteStream,
  { downstream, context, entry }: TunnelParts,
): Promise<undefined> {
  entry.requestSent(upstream.peer);
  downstream.setBusy("busy");
  // No TLS of ours will be put on this socket any more. It is done already where TLS is below.
  downstream.stream.reuseReadBuffer();
  await relay(downstream.stream, {
    upstream,
    deadline: downstream.deadline,
    limits: context.limits,
  });
}

/** Terminates TLS with our own certificate; nothing comes of it if the handshake fails. */
async function decrypt(
  plan: RoutePlan,
  { parts, refusal }: { parts: TunnelParts; refusal?: ProxyError },
): Promise<SocketDownstream | undefined> {
  const { downstream, context } = parts;
  const { stream } = downstream;
  const opening = await peek(stream);
  const name = opening.kind === "hello" && opening.serverName !== undefined
    ? parseHost(opening.serverName).host
    : plan.authority.host;
  const { secureContext } = await context.leaves.get(name);
  let tls;
  try {
    tls = await acceptTls(stream, secureContext);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    parts.entry.failed({ side: "downstream", message: `the client's TLS handshake: ${reason}` });
    context.log.info("handshake failed", {
      id: parts.entry.id,
      client: downstream.peer,
      authority: formatAuthority(plan.authority),
      reason,
    });
    stream.close();
    return undefined;
  }
  parts.entry.decrypted = true;
  return {
    ...downstream,
    ...headBuffers(),
    ...tls,
    tunnel: { plan, ...(refusal === undefined ? {} : { refusal }) },
  };
}
