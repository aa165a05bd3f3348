import { ProxyError } from "../errors.ts";
import type { Rule } from "../policy/rule.ts";
import { type Authority, formatAuthority, sameAuthority } from "../wire/authority.ts";
import { type Framing, noBody, requestFraming } from "../wire/framing.ts";
import { carriesGrpc } from "../wire/grpc_messages.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { parseRequestTarget } from "../wire/request_target.ts";
import { WireError } from "../wire/wire_error.ts";
import {
  closeAfter,
  type Downstream,
  type Outcome,
  type ProxyContext,
  type SettledRequest,
} from "./context.ts";
import { enforceEgress } from "./egress_gate.ts";
import { forward } from "./forward.ts";
import { wantsClose } from "./forward_head.ts";
import { AuditEntry } from "./audit_entry.ts";
import { authenticate } from "./identify_client.ts";
import { answer, answerOwn, writeKept } from "./own_answer.ts";
import { refusalResponse } from "./refusal.ts";
import { logRefusal, toProxyError } from "./report_refusal.ts";
import {
  checkHost,
  misdirected,
  refuseClearText,
  refuseEcho,
  refuseLoop,
  refuseMinting,
  refuseUnavailable,
} from "./request_checks.ts";
import { UnansweredError } from "./response_relay.ts";
import { type Route, RoutePlan } from "./route.ts";
import { findStrayPlaceholders } from "./stray_placeholders.ts";
import { transparentAuthority } from "./transparent_authority.ts";
import { findOwnRequest, isProbe, mayBeOwn, probeContent } from "./well_known.ts";

/** What a request asks for, agreed by everything in it that names a destination. */
interface Agreed {
  readonly plan: RoutePlan;
  readonly pathAndQuery: string;
}

/** Carries one request to its service and the response back, in phases. */
export async function exchange(
  head: RequestHead,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): Promise<Outcome> {
  let framing: Framing = noBody;
  let rule: Rule | undefined;
  const entry = new AuditEntry("exchange", { head, downstream, context });
  try {
    refuseUnaudited(context);
    framing = requestFraming(head);
    const own = mayBeOwn(head, downstream) ? findOwnRequest(head, downstream) : undefined;
    if (own !== undefined) {
      return await answerOwn(own, { head, framing, downstream, context, entry });
    }
    authenticate(head, { downstream, context });
    refuseEcho(head);
    refuseLoop(head, context.via);
    const { plan, pathAndQuery } = agreeOnPlan(head, { downstream, context });
    if (downstream.tunnel !== undefined && isProbe(pathAndQuery)) {
      const content = await probeContent(plan, { method: head.method, pathAndQuery, context });
      return await answer(content, { head, framing, downstream, context, entry });
    }
    const route = plan.routeFor(head, pathAndQuery);
    rule = route.rule;
    entry.takes(route);
    entry.strays = findStrayPlaceholders(head, { route, context });
    refuseStrays(entry.strays, { route, context });
    refuseEgress(head, { id: entry.id, route, downstream, context });
    refuseClearText(route, context.rules);
    refuseMinting(head, { rule, pathAndQuery });
    if (rule?.live !== undefined) await rule.live.renew();
    refuseUnavailable(rule);
    const spend = limitRate(framing, { route, context });
    const request = { head, framing, route, pathAndQuery, spend };
    return await forward(request, { downstream, context, entry });
  } catch (thrown) {
    const error = toProxyError(thrown);
    entry.failed(error);
    if (error.kind === "client_gone") {
      downstream.stream.close();
      return "closed";
    }
    logRefusal(error, { id: entry.id, head, downstream, context, rule });
    if (error instanceof UnansweredError && error.unprocessed && downstream.protocol === "h2") {
      // Told in the same words, the client may send it once more, whatever it is.
      downstream.stream.abort(error.cause);
      return "closed";
    }
    const keep = framing.kind === "none" && error.kind !== "malformed_request" &&
      !wantsClose(head) && !context.draining();
    entry.status = error.status;
    const response = refusalResponse(error, {
      id: entry.id,
      method: head.method,
      connection: keep ? "keep" : "close",
      grpc: isGrpc(head, downstream),
      ...(rule === undefined ? {} : { rule: rule.name }),
    });
    if (!keep) {
      await closeAfter(response, downstream);
      return "closed";
    }
    await writeKept(response, { downstream, context });
    return "keep";
  } finally {
    entry.write();
  }
}

/**
 * Refuses everything while the audit log cannot be written, if it is required.
 *
 * @throws {ProxyError} `audit_unavailable`.
 */
export function refuseUnaudited({ audit }: ProxyContext): void {
  if (!audit.refuses) return;
  throw new ProxyError("audit_unavailable", "The audit log cannot be written, and is required");
}

/** CONNECT target, SNI, Host and absolute-form must name one authority (I1). */
function agreeOnPlan(
  head: RequestHead,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): Agreed {
  const { tunnel, identity: { agent } } = downstream;
  if (tunnel?.refusal !== undefined) throw tunnel.refusal;
  if (tunnel !== undefined) tunnel.plan = tunnel.plan.under(context);
  const target = parseRequestTarget(head.method, head.target);
  if (target.form === "authority") throw new WireError("Cannot forward CONNECT inside a tunnel");
  const { pathAndQuery } = target;
  if (target.form === "absolute") {
    const { scheme, authority } = target;
    if (scheme !== (tunnel === undefined ? "http" : "https")) {
      throw new WireError(`Cannot forward an ${scheme}:// target here: use CONNECT for https`);
    }
    const plan = tunnel?.plan ?? new RoutePlan({ scheme, authority, agent }, context);
    if (!sameAuthority(authority, plan.authority)) {
      throw misdirected("the request target", formatAuthority(authority), plan.authority);
    }
    checkHost(head, plan);
    return { plan, pathAndQuery };
  }
  if (tunnel === undefined) {
    const plan = new RoutePlan(
      { scheme: "http", authority: calledAuthority(head, downstream), agent },
      context,
    );
    return { plan, pathAndQuery };
  }
  checkHost(head, tunnel.plan);
  return { plan: tunnel.plan, pathAndQuery };
}

/**
 * What a request in origin form is for that was sent to the listener itself.
 *
 * @throws {ProxyError} `not_a_resource` if it is meant for us.
 */
function calledAuthority(head: RequestHead, { front }: Downstream): Authority {
  const originalPort = front?.originalPort;
  const authority = originalPort === undefined
    ? undefined
    : transparentAuthority(head, originalPort);
  if (authority !== undefined) return authority;
  throw new ProxyError(
    "not_a_resource",
    "Use this address as a proxy (https_proxy=http://HOST:PORT), not as a web server; what it says " +
      "of itself is at /.well-known/auth-proxy",
  );
}

function refuseStrays(
  strays: readonly string[],
  { route, context }: { route: Route; context: ProxyContext },
): void {
  if (strays.length === 0 || context.canaries.action !== "refuse") return;
  throw new ProxyError(
    "canary_refused",
    `The placeholder for ${strays.join(", ")} does not belong to ${route.host}`,
  );
}

function refuseEgress(
  { method }: RequestHead,
  { id, route: { egress, authority, agent }, downstream, context }: {
    id: string;
    route: Route;
    downstream: Downstream;
    context: ProxyContext;
  },
): void {
  // Nearly always so, and then it costs nothing.
  if (egress.allow && egress.wouldDeny === undefined) return;
  const { peer: client } = downstream;
  enforceEgress(egress, { id, authority, agent, client, method }, context.log);
}

/**
 * Counts the request against the limits of its agent.
 *
 * @returns What its content is counted by, octet for octet; `undefined` if nobody limits that.
 */
function limitRate(
  framing: Framing,
  { route, context }: { route: Route; context: ProxyContext },
): SettledRequest["spend"] {
  const { agent, rule } = route;
  if (context.rates.isEmpty) return undefined;
  const admission = context.rates.admit({
    agent,
    ...(rule === undefined ? {} : { rule: rule.name }),
    ...(framing.kind === "length" ? { contentLength: framing.length } : {}),
    ...(framing.kind === "none" ? { contentLength: 0 } : {}),
    now: performance.now(),
  });
  if (admission.admitted) return admission.spend;
  const { reason, retryAfterSeconds } = admission;
  throw new ProxyError("rate_limited", reason, { retryAfterSeconds });
}

/** gRPC is spoken over HTTP/2 alone; over HTTP/1.1 that media type is nobody's. */
function isGrpc({ fields }: RequestHead, { protocol }: Downstream): boolean {
  return protocol === "h2" && carriesGrpc(fields);
}
