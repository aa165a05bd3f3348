import { type ErrorKind, ProxyError } from "../errors.ts";
import {
  readSocks5Greeting,
  readSocks5Password,
  readSocks5Request,
  type Socks5Method,
  socks5MethodChoice,
  socks5Methods,
  socks5PasswordVerdict,
  type Socks5Reading,
  socks5Replies,
  type Socks5Reply,
  socks5Reply,
  type Socks5Request,
} from "../wire/socks5.ts";
import { WireError } from "../wire/wire_error.ts";
import type { AgentGate } from "./agent_gate.ts";
import { AuditEntry } from "./audit_entry.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { ProxyContext, SocketDownstream } from "./context.ts";
import { refuseUnaudited } from "./exchange.ts";
import { identifyClient } from "./identify_client.ts";
import { refuseTunnel, serveTunnel, type TunnelParts } from "./tunnel.ts";

/**
 * Serves a connection on which SOCKS 5 is spoken (RFC 1928), and the tunnel that comes of it. Names are
 * resolved here; UDP and BIND are refused.
 *
 * @returns As `serveTunnel`.
 */
export async function serveSocks5(
  downstream: SocketDownstream,
  context: ProxyContext,
): Promise<SocketDownstream | undefined> {
  const { stream, deadline } = downstream;
  const entry = new AuditEntry("tunnel", { head: undefined, downstream, context });
  let refusal = (_: ProxyError) => socks5MethodChoice(socks5Methods.noneAcceptable);
  const parts: TunnelParts = {
    downstream,
    context,
    entry,
    established: socks5Reply(socks5Replies.succeeded),
    refusal: (error) => refusal(error),
  };
  downstream.setBusy("pending");
  deadline.onExpire = () => stream.close();
  deadline.set(context.limits.headTimeout);
  try {
    refuseUnaudited(context);
    const method = chooseMethod(await take(stream, readSocks5Greeting), context.gate);
    if (method === socks5Methods.password) {
      await stream.write(socks5MethodChoice(method));
      refusal = () => socks5PasswordVerdict("refused");
      const { user, password } = await take(stream, readSocks5Password);
      identify(downstream, { context, password: { user, token: password } });
      await stream.write(socks5PasswordVerdict("accepted"));
    } else {
      identify(downstream, { context });
      await stream.write(socks5MethodChoice(method));
    }
    refusal = (error) => socks5Reply(replyTo(error));
    const request = await take(stream, readSocks5Request);
    if (!downstream.setBusy("busy")) return void stream.close();
    deadline.clear();
    return await serveTunnel(authorityOf(request), parts);
  } catch (thrown) {
    await refuseTunnel(thrown, { parts });
    return undefined;
  } finally {
    entry.write();
  }
}

/**
 * A password where one could be right: some clients offer to send one though they have none.
 *
 * @throws {ProxyError} `agent_unauthenticated` if there is no way to go on.
 */
function chooseMethod(offered: ReadonlySet<number>, gate: AgentGate): Socks5Method {
  const { none, password } = socks5Methods;
  if (offered.has(password) && (gate.knowsAgents || !offered.has(none))) return password;
  if (offered.has(none)) return none;
  throw new ProxyError(
    "agent_unauthenticated",
    "SOCKS is spoken here without authentication, or with an agent's name and token as user name " +
      "and password",
  );
}

function identify(
  downstream: SocketDownstream,
  { context, password }: {
    context: ProxyContext;
    password?: { readonly user: string; readonly token: string };
  },
): void {
  downstream.identity = identifyClient({
    client: downstream.peer,
    ...(password === undefined ? {} : { password }),
  }, context);
  if (downstream.identity.proof !== "none") downstream.prove();
}

function authorityOf(request: Socks5Request) {
  if (request.command === "connect") return request.authority;
  throw request.reply === socks5Replies.commandUnsupported
    ? new UnsupportedRequest(request.reply, "SOCKS is served for CONNECT alone, not BIND or UDP")
    : new UnsupportedRequest(request.reply, "SOCKS knows no such type of address");
}

/** A request that is refused with a reply of its own. */
class UnsupportedRequest extends WireError {
  readonly reply: Socks5Reply;

  constructor(reply: Socks5Reply, message: string) {
    super(message);
    this.reply = reply;
  }
}

function replyTo({ kind, side, cause }: ProxyError): Socks5Reply {
  if (cause instanceof UnsupportedRequest) return cause.reply;
  if (kind === "malformed_request") return socks5Replies.failure;
  return replies[kind] ??
    (side === "downstream" ? socks5Replies.notAllowed : socks5Replies.failure);
}

const replies: Partial<Record<ErrorKind, Socks5Reply>> = {
  dns_error: socks5Replies.hostUnreachable,
  dns_timeout: socks5Replies.hostUnreachable,
  destination_unavailable: socks5Replies.networkUnreachable,
  connection_refused: socks5Replies.refused,
  connection_timeout: socks5Replies.expired,
};

/**
 * Takes one message off the stream.
 *
 * @throws {WireError} If it is malformed, or the connection ends in it.
 */
async function take<T>(
  stream: ByteStream,
  read: (octets: Uint8Array) => Socks5Reading<T>,
): Promise<T> {
  let octets = new Uint8Array();
  while (true) {
    const chunk = await stream.read();
    if (chunk === null) throw new WireError("Cannot read SOCKS: the connection ended in it");
    const joined = new Uint8Array(octets.length + chunk.length);
    joined.set(octets);
    joined.set(chunk, octets.length);
    octets = joined;
    const reading = read(octets);
    if (reading.kind === "incomplete") continue;
    if (reading.length < octets.length) stream.unread(octets.subarray(reading.length));
    return reading.message;
  }
}
