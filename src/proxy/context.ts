import type { ClientCertificateVerdict } from "../ca/client_authority.ts";
import type { LeafCache } from "../ca/leaf_cache.ts";
import type { AuditTrail } from "../observe/audit_trail.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Canaries } from "../policy/canary.ts";
import type { PatternSet } from "../policy/pattern_set.ts";
import type { RateLimiter } from "../policy/rate_limit.ts";
import type { RedactionSettings } from "../policy/redaction_scope.ts";
import type { EgressPolicy } from "../policy/egress_policy.ts";
import type { ClientIdentity } from "../policy/client_identity.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { UpstreamProxies } from "../policy/upstream_proxies.ts";
import type { ProxyError } from "../errors.ts";
import type { Framing } from "../wire/framing.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { OctetBuffer } from "../wire/octet_buffer.ts";
import type { AgentGate } from "./agent_gate.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import type { ExchangesInFlight } from "./exchanges_in_flight.ts";
import type { Limits } from "./limits.ts";
import type { Protocol } from "./protocol.ts";
import type { Route, RoutePlan } from "./route.ts";
import type { ClientStream } from "./client_stream.ts";
import type { SocketStream } from "./socket_stream.ts";
import type { Upstreams } from "./upstreams.ts";
import type { Front, PublicFiles } from "./front.ts";

/** What must not come back, and where it is looked for. */
export interface Redaction {
  /** All credentials of the rules, in every form in which they are recognised. */
  readonly patterns: PatternSet;
  readonly settings: RedactionSettings;
}

/**
 * What requests are held to, and what they are served with. A reload makes another one: a request keeps
 * the one that was in force when its head had arrived.
 */
export interface ProxyContext {
  readonly rules: RuleSet;
  readonly redaction: Redaction;
  readonly canaries: Canaries;
  /** What clients are given in the place of each credential, by its variable. */
  readonly placeholders: ReadonlyMap<string, string>;
  readonly rates: RateLimiter;
  readonly egress: EgressPolicy;
  readonly proxies: UpstreamProxies;
  readonly upstreams: Upstreams;
  readonly exchanges: ExchangesInFlight;
  readonly leaves: LeafCache;
  readonly gate: AgentGate;
  readonly deadlines: Deadlines;
  readonly limits: Limits;
  /** Who we say we are in Via (RFC 9110 section 7.6.3); without it we say nothing there. */
  readonly via?: string;
  readonly publicFiles: PublicFiles;
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  readonly nextId: () => string;
  readonly log: Log;
  /** Whether the proxy is stopping: what is under way is finished, nothing new is kept open. */
  readonly draining: () => boolean;
  /**
   * Whether requests are still taken while it is stopping: connections that are open are then ended
   * with an answer, and not between two.
   */
  readonly accepting: () => boolean;
}

/** What an exchange on a decrypted connection is held to. */
export interface Tunnel {
  /** For the one authority that requests may name; of the policy that the last request was held to. */
  plan: RoutePlan;
  /** Why every request is refused, if it is; said inside TLS, where the client shows it. */
  readonly refusal?: ProxyError;
}

/** A request that passed every check, and where it goes. */
export interface SettledRequest {
  readonly head: RequestHead;
  readonly framing: Framing;
  readonly pathAndQuery: string;
  readonly route: Route;
  /** Counts octets of its content, where the agent's rate is limited. */
  readonly spend: ((octets: number, now: number) => void) | undefined;
}

/** Whether the client's connection takes another request. */
export type Outcome = "keep" | "closed";

/**
 * What is under way on a client's connection. Nothing (`idle`): a drain closes it. A head that has
 * begun, or a last answer (`pending`): a drain lets it finish, but it may be closed to make room for
 * another connection. An exchange or a tunnel (`busy`): neither.
 */
export type Occupation = "idle" | "pending" | "busy";

/** The client's side of a connection, or of one stream of HTTP/2. */
export interface Downstream {
  readonly stream: ClientStream;
  readonly protocol: Protocol;
  readonly deadline: Deadline;
  /** The client's address, for the log. */
  readonly peer: string;
  /**
   * Who the client is, as far as it has proved it; set with each request that proves it. The listener
   * ends the connection once that is revoked.
   */
  identity: ClientIdentity;
  /** What became of the certificate that the client showed, if it was asked for one. */
  readonly certificate?: ClientCertificateVerdict;
  /** Set on a connection that is decrypted after a CONNECT. */
  readonly tunnel?: Tunnel;
  /** How the listener may be called; absent in the connection inside a tunnel. */
  readonly front?: Front;
  /**
   * Says what is under way on the connection.
   *
   * @returns Whether it may be: false if the connection has been closed to make room for another.
   */
  setBusy(busy: Occupation): boolean;
  /**
   * Says that the connection is of use: its client has proved who it is, or a service has answered
   * it. It is then not among the first that make room for another.
   */
  prove(): void;
  /** Heads are put together here, one at a time in each direction. */
  readonly toUpstream: OctetBuffer;
  readonly toClient: OctetBuffer;
}

/** The client's side of a whole connection. */
export interface SocketDownstream extends Downstream {
  readonly stream: SocketStream;
  /**
   * Counts one more exchange that is under way on it beside another, as if it had a connection of its
   * own: it may hold as much memory, and a connection to a service.
   *
   * @returns To be called when it is over; `undefined` if there is no room for it.
   */
  admitExchange(): (() => void) | undefined;
}

/** The two head buffers of a new downstream connection; they grow when they are used. */
export function headBuffers(): Pick<Downstream, "toUpstream" | "toClient"> {
  return { toUpstream: new OctetBuffer(0), toClient: new OctetBuffer(0) };
}

/**
 * Answers a connection that will be closed, and lets the client read the answer: closing a socket
 * that still has unread octets resets it, and the answer would be lost (RFC 9112 section 9.6).
 */
export async function closeAfter(
  response: Uint8Array,
  { stream, deadline, setBusy }: {
    stream: ByteStream;
    deadline: Deadline;
    setBusy: Downstream["setBusy"];
  },
): Promise<void> {
  setBusy("pending");
  deadline.onExpire = () => stream.close();
  deadline.set(LINGER);
  try {
    await stream.write(response);
    await stream.closeWrite();
    while (await stream.read() !== null);
  } catch {
    // The client has gone without reading the answer; there is nobody left to tell.
  } finally {
    stream.close();
  }
}

/** How long a client may take to read the last answer, in milliseconds. */
const LINGER = 2000;
