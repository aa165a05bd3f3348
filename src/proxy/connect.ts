/**
 * CONNECT: what is decrypted, what is tunnelled, what is refused.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import {
  type Authority,
  formatAuthority,
  parseAuthority,
  parseHost,
  sameAuthority,
} from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { encodeLatin1 } from "../wire/octets.ts";
import { parseRequestTarget } from "../wire/request_target.ts";
import { WireError } from "../wire/wire_error.ts";
import type { ByteStream } from "./byte_stream.ts";
import { closeAfter, type Downstream, headBuffers, type ProxyContext } from "./context.ts";
import { authenticate, logRefusal, toProxyError } from "./exchange.ts";
import { type Opening, peek } from "./peek.ts";
import { refusalResponse } from "./refusal.ts";
import { relay } from "./relay.ts";
import { createRoute } from "./route.ts";
import { acceptTls } from "./tls_server.ts";

const established = encodeLatin1("HTTP/1.1 200 Connection established\r\n\r\n");

interface Parts {
  readonly downstream: Downstream;
  readonly context: ProxyContext;
}

/**
 * Serves one CONNECT request and the tunnel that comes of it.
 *
 * @returns The connection inside, if it has been decrypted: it is to be served in place of this one.
 *   Otherwise the connection has ended.
 */
export async function serveConnect(
  head: RequestHead,
  parts: Parts,
): Promise<Downstream | undefined> {
  try {
    authenticate(head, parts);
    const authority = connectTarget(head);
    if (authority.kind !== "name") return await serveIpTunnel(authority, parts);
    if (parts.context.rules.match(authority) === undefined) {
      return await serveNamedTunnel(authority, parts);
    }
    await accept(parts);
    return await serveIntercepted(authority, await peek(parts.downstream.stream), parts);
  } catch (thrown) {
    await refuse(thrown, { head, parts });
    return undefined;
  }
}

function connectTarget(head: RequestHead): Authority {
  const target = parseRequestTarget(head.method, head.target);
  if (target.form !== "authority") throw new WireError("Cannot connect: no HOST:PORT");
  const { fields } = head;
  if (fields.has("transfer-encoding") || (fields.get("content-length") ?? "0") !== "0") {
    // RFC 9110 section 9.3.6 gives a body here no meaning; the tunnel's octets follow the head.
    throw new WireError("Cannot connect: a CONNECT request has no body");
  }
  const hosts = fields.getAll("host");
  if (hosts.length > 1) throw new WireError("Cannot connect: more than one Host");
  const [host] = hosts;
  if (host !== undefined && host !== "") {
    const named = parseAuthority(host, { defaultPort: target.authority.port });
    if (!sameAuthority(named, target.authority)) {
      throw new ProxyError(
        "misdirected_request",
        `Host says ${formatAuthority(named)}, CONNECT says ${formatAuthority(target.authority)}`,
      );
    }
  }
  return target.authority;
}

async function accept({ downstream, context }: Parts): Promise<void> {
  const { stream, deadline } = downstream;
  deadline.onExpire = () => stream.close();
  deadline.set(context.limits.handshakeTimeout);
  await stream.write(established);
  // A tunnel in which nothing has been said yet is no reason to wait when the proxy stops.
  downstream.setBusy("idle");
}

/**
 * A destination without a rule: the octets pass unread. The upstream is dialled before the 200, so
 * that a failure has a status; and it may speak first, as SSH and SMTP do.
 */
async function serveNamedTunnel(
  authority: Authority,
  parts: Parts,
): Promise<Downstream | undefined> {
  const upstream = await parts.context.upstreams.openTunnel(authority);
  try {
    await accept(parts);
    return await relayChecked(authority, { upstream, parts });
  } finally {
    upstream.close();
  }
}

/**
 * An address as the target. If the client then names a host in SNI, that name is the authority and
 * the address is ignored (I1): otherwise the client would choose where a credential goes.
 */
async function serveIpTunnel(
  address: Authority,
  parts: Parts,
): Promise<Downstream | undefined> {
  const { downstream, context } = parts;
  if (context.rules.match(address) !== undefined) {
    await accept(parts);
    return await serveNamed(address, { opening: await peek(downstream.stream), parts });
  }
  const { refusal, own } = context.upstreams.vetAddress(address);
  // A name in SNI could still lead elsewhere, but only to what some rule names on that port.
  if (refusal !== undefined && (own || !context.rules.namesHostOn(address.port))) throw refusal;
  await accept(parts);
  if (refusal !== undefined) {
    return await serveNamed(address, { opening: await peek(downstream.stream), parts, refusal });
  }
  const { stream } = downstream;
  // Dialled while the client is waited for, as the upstream may speak first. A failure counts only
  // if the address is used in the end: then it is awaited.
  const opened = context.upstreams.openTunnel(address);
  opened.catch(() => {});
  try {
    if (await firstSpeaker(stream, opened) === "client") {
      const opening = await peek(stream);
      if (opening.kind === "hello" && dnsName(opening.serverName) !== undefined) {
        return await serveNamed(address, { opening, parts });
      }
    }
    return await relayTo(await opened, parts);
  } finally {
    opened.then((upstream) => upstream.close(), () => {});
  }
}

/** Serves a tunnel to an address whose client may have named a host in SNI instead. */
async function serveNamed(
  address: Authority,
  { opening, parts, refusal }: { opening: Opening; parts: Parts; refusal?: ProxyError },
): Promise<Downstream | undefined> {
  const { context } = parts;
  const name = opening.kind === "hello" ? dnsName(opening.serverName) : undefined;
  if (name === undefined) {
    if (refusal === undefined) return await serveIntercepted(address, opening, parts);
    if (opening.kind !== "hello") throw refusal;
    return await decrypt(address, { parts, refusal });
  }
  const authority: Authority = { host: name, kind: "name", port: address.port };
  if (context.rules.match(authority) !== undefined) {
    return await serveIntercepted(authority, opening, parts);
  }
  let upstream: ByteStream;
  try {
    upstream = await context.upstreams.openTunnel(authority);
  } catch (error) {
    return await decrypt(authority, { parts, refusal: toProxyError(error) });
  }
  return await relayTo(upstream, parts);
}

/** Who sends something first; an upstream that cannot be had says nothing. */
async function firstSpeaker(
  client: ByteStream,
  upstream: Promise<ByteStream>,
): Promise<"client" | "server"> {
  const never = new Promise<never>(() => {});
  return await Promise.race([
    client.readable().then(() => "client" as const),
    upstream.then((stream) => stream.readable(), () => never).then(() => "server" as const),
  ]);
}

/** The tunnel's destination has a rule: it is decrypted, or refused; never passed on unread. */
async function serveIntercepted(
  authority: Authority,
  opening: Opening,
  parts: Parts,
): Promise<Downstream | undefined> {
  if (opening.kind === "end") return void parts.downstream.stream.close();
  if (opening.kind === "not_tls") {
    throw new ProxyError(
      "clear_text_refused",
      `${formatAuthority(authority)} has a rule, so only TLS is accepted in a tunnel to it`,
    );
  }
  const refusal = disagreement(opening.serverName, authority);
  return await decrypt(authority, { parts, ...(refusal === undefined ? {} : { refusal }) });
}

/** Passes octets on unread once the client's first ones do not contradict the target. */
async function relayChecked(
  authority: Authority,
  { upstream, parts }: { upstream: ByteStream; parts: Parts },
): Promise<Downstream | undefined> {
  const { stream, deadline } = parts.downstream;
  deadline.set(parts.context.limits.idleTimeout);
  const speaker = await firstSpeaker(stream, Promise.resolve(upstream));
  if (speaker === "client") {
    deadline.set(parts.context.limits.handshakeTimeout);
    const opening = await peek(stream);
    const refusal = opening.kind === "hello"
      ? disagreement(opening.serverName, authority)
      : undefined;
    if (refusal !== undefined) return await decrypt(authority, { parts, refusal });
  }
  return await relayTo(upstream, parts);
}

async function relayTo(
  upstream: ByteStream,
  { downstream, context }: Parts,
): Promise<undefined> {
  const { idleTimeout } = context.limits;
  downstream.setBusy("busy");
  // No TLS of ours will be put on this socket any more. It is done already where TLS is below.
  downstream.stream.reuseReadBuffer();
  await relay(downstream.stream, { upstream, deadline: downstream.deadline, idleTimeout });
}

/** The name in SNI, unless it is absent or an address. */
function dnsName(serverName: string | undefined): string | undefined {
  if (serverName === undefined) return undefined;
  const { host, kind } = parseHost(serverName);
  return kind === "name" ? host : undefined;
}

function disagreement(
  serverName: string | undefined,
  authority: Authority,
): ProxyError | undefined {
  if (serverName === undefined || parseHost(serverName).host === authority.host) return undefined;
  return new ProxyError(
    "misdirected_request",
    `SNI says ${serverName}, CONNECT says ${formatAuthority(authority)}`,
  );
}

/** Terminates TLS with our own certificate; nothing comes of it if the handshake fails. */
async function decrypt(
  authority: Authority,
  { parts, refusal }: { parts: Parts; refusal?: ProxyError },
): Promise<Downstream | undefined> {
  const { downstream, context } = parts;
  const { stream } = downstream;
  const opening = await peek(stream);
  const name = opening.kind === "hello" && opening.serverName !== undefined
    ? parseHost(opening.serverName).host
    : authority.host;
  const { secureContext } = await context.leaves.get(name);
  let tls;
  try {
    tls = await acceptTls(stream, secureContext);
  } catch (error) {
    context.log.info("handshake failed", {
      client: downstream.peer,
      authority: formatAuthority(authority),
      reason: error instanceof Error ? error.message : "unknown",
    });
    stream.close();
    return undefined;
  }
  const { agent } = downstream.identity;
  const route = createRoute({ scheme: "https", authority, agent }, context.rules);
  return {
    ...downstream,
    ...headBuffers(),
    stream: tls,
    tunnel: { route, ...(refusal === undefined ? {} : { refusal }) },
  };
}

/** Before or after the 200, the answer is HTTP text: a client that is not in TLS can show it. */
async function refuse(
  thrown: unknown,
  { head, parts: { downstream, context } }: { head: RequestHead; parts: Parts },
): Promise<void> {
  if (downstream.stream.ended) return downstream.stream.close();
  const error = toProxyError(thrown);
  logRefusal(error, { head, downstream, context, rule: undefined });
  await closeAfter(refusalResponse(error, { connection: "close" }), downstream);
}
