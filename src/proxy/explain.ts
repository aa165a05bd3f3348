/**
 * What would become of a request, without making it: decided by the very objects and checks that
 * requests are held to.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import type { FieldDescription } from "../policy/credential_format.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import { formatHop, type ProxyHop } from "../policy/proxy_hop.ts";
import { type Authority, formatAuthority, parseAuthority } from "../wire/authority.ts";
import { type Framing, requestFraming } from "../wire/framing.ts";
import { parseRequestHead, type RequestHead } from "../wire/http1_head.ts";
import { OctetBuffer } from "../wire/octet_buffer.ts";
import { encodeLatin1 } from "../wire/octets.ts";
import { parseRequestTarget } from "../wire/request_target.ts";
import type { ProxyContext } from "./context.ts";
import { enforceEgress } from "./egress_gate.ts";
import { writeRequestHead } from "./forward_head.ts";
import { type Miss, missesOf } from "./near_misses.ts";
import { toProxyError } from "./report_refusal.ts";
import {
  checkHost,
  refuseClearText,
  refuseEcho,
  refuseLoop,
  refuseMinting,
  refuseUnavailable,
} from "./request_checks.ts";
import { askedProxy, type Route, RoutePlan, type RoutePolicy } from "./route.ts";

/** A request that somebody asks about. */
export interface ExplainedRequest {
  readonly method: string;
  /** `https://…` or `http://…`, as curl takes it. */
  readonly url: string;
  /** Empty for who proves nothing. */
  readonly agent?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** What it is decided by. */
export type ExplainPolicy = RoutePolicy & Pick<ProxyContext, "limits" | "via">;

/** What would become of it, and why. */
export interface Explanation {
  /** As the audit log has it; `tunnel`: it is passed on unread, so its path and method do not count. */
  readonly decision: "allow" | "deny" | "error" | "tunnel";
  /** The status that the client would be sent, if it were refused. */
  readonly status?: number;
  readonly reason: string;
  readonly authority?: string;
  readonly agent?: string;
  /** The rule that has the request; absent if none has. */
  readonly rule?: string;
  readonly ruleSource?: string;
  /** What would be added, with the secrets left out. */
  readonly injects: readonly FieldDescription[];
  /** What a client's request would lose: fields in lower case, query parameters. */
  readonly removes: { readonly headers: readonly string[]; readonly query: readonly string[] };
  /** The client certificate that the service would be shown. */
  readonly clientCertificate?: string;
  /** Whom the service's certificate would have to be vouched for by. */
  readonly trust?: string;
  /** The other proxy that it would go through, and what named that. */
  readonly through?: string;
  /** What the egress policy says, and what it would say if it were enforced. */
  readonly egress?: string;
  readonly wouldDeny?: string;
  /** Whether the tunnel would be decrypted. */
  readonly decrypts: boolean;
  /** Rules that it might have been for, and why they are not. */
  readonly misses: readonly Miss[];
}

const nothing = { headers: [], query: [] };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Explains what would become of a request. */
export function explain(request: ExplainedRequest, policy: ExplainPolicy): Explanation {
  const { agent = "" } = request;
  const undecided = { injects: [], removes: nothing, decrypts: false, misses: [] };
  let parsed: ParsedRequest;
  try {
    parsed = parseRequest(request, policy);
  } catch (thrown) {
    return { ...undecided, ...refused(toProxyError(thrown)) };
  }
  const { head, scheme, authority, pathAndQuery } = parsed;
  const plan = new RoutePlan({ scheme, authority, agent }, policy);
  const known = {
    ...undecided,
    authority: formatAuthority(authority),
    ...(agent === "" ? {} : { agent }),
    decrypts: scheme === "https" && plan.decrypts,
    ...describeHop(plan.hop),
    misses: missesOf({ head, pathAndQuery, authority, agent, rules: policy.rules }),
  };
  let framing: Framing;
  try {
    if (scheme === "https") {
      const { egress } = plan;
      if (egress.allow !== "inspect" && !(egress.allow && plan.decrypts)) {
        enforceEgress(egress, { authority, agent }, quiet);
      }
      if (!plan.decrypts) {
        return { ...known, decision: "tunnel", ...describeTunnel(plan) };
      }
    }
    framing = requestFraming(head);
    refuseEcho(head);
    refuseLoop(head, policy.via);
    checkHost(head, plan);
  } catch (thrown) {
    return { ...known, ...refused(toProxyError(thrown)) };
  }
  let route: Route;
  try {
    route = plan.routeFor(head, pathAndQuery);
  } catch (thrown) {
    return { ...known, ...refused(toProxyError(thrown)) };
  }
  const { rule, egress } = route;
  const described = {
    ...known,
    ...describeRule(rule),
    ...describeHop(route.hop),
    misses: known.misses.filter((miss) => miss.rule !== rule?.name),
    egress: egress.reason,
    ...(egress.allow && egress.wouldDeny !== undefined ? { wouldDeny: egress.wouldDeny } : {}),
  };
  try {
    enforceEgress(egress, { authority, agent }, quiet);
    refuseClearText(route, policy.rules);
    refuseMinting(head, { rule, pathAndQuery });
    refuseUnavailable(rule);
    // What is composed is not looked at: that it can be is.
    writeRequestHead(new OctetBuffer(0), {
      head,
      pathAndQuery,
      host: route.host,
      framing,
      upgrade: undefined,
      injection: rule === undefined ? undefined : credentialOf(rule).injection,
      redaction: route.redaction,
      via: policy.via,
      protocol: "http/1.1",
      askedProxy: askedProxy(route),
    });
  } catch (thrown) {
    return { ...described, ...refused(toProxyError(thrown)) };
  }
  const reason = rule === undefined
    ? "no rule is for it: it goes on without a credential"
    : egress.reason;
  return { ...described, decision: "allow", reason };
}

interface ParsedRequest {
  readonly head: RequestHead;
  readonly scheme: "http" | "https";
  readonly authority: Authority;
  readonly pathAndQuery: string;
}

/** @throws {WireError} If it is no request that could be sent. */
function parseRequest(
  { method, url, headers = [] }: ExplainedRequest,
  { limits }: Pick<ProxyContext, "limits">,
): ParsedRequest {
  const [, name, named = "", rest = ""] = /^(?:(https?):\/\/)?([^/?#]*)([^#]*)/i.exec(url) ?? [];
  const scheme = name?.toLowerCase() === "http" ? "http" : "https";
  const authority = parseAuthority(named, { defaultPort: scheme === "http" ? 80 : 443 });
  const target = rest.startsWith("/") ? rest : `/${rest}`;
  const lines = headers.map(([field, value]) => `${field}: ${value}\r\n`).join("");
  const host = headers.some(([field]) => field.toLowerCase() === "host")
    ? ""
    : `Host: ${named}\r\n`;
  const text = `${method} ${target} HTTP/1.1\r\n${host}${lines}\r\n`;
  const octets = encodeLatin1(text);
  const head = parseRequestHead(octets, octets.length, limits.head);
  const parsed = parseRequestTarget(head.method, head.target);
  const { pathAndQuery } = parsed.form === "authority" ? { pathAndQuery: target } : parsed;
  return { head, scheme, authority, pathAndQuery };
}

function refused(
  error: ProxyError,
): Pick<Explanation, "decision" | "status" | "reason"> {
  const decision = error.side === "downstream" ? "deny" : "error";
  return { decision, status: error.status, reason: error.message };
}

function describeHop(hop: ProxyHop | undefined): Pick<Explanation, "through"> {
  return hop === undefined ? {} : { through: `${formatHop(hop)} (${hop.source})` };
}

function describeTunnel(
  { egress, hop }: RoutePlan,
): Pick<Explanation, "egress" | "wouldDeny" | "reason"> {
  return {
    reason: "no rule is for this host: what is in the tunnel is passed on unread, after " +
      (hop === undefined
        ? "its addresses have been looked at"
        : "the other proxy has resolved its name"),
    egress: egress.reason,
    ...(egress.allow === true && egress.wouldDeny !== undefined
      ? { wouldDeny: egress.wouldDeny }
      : {}),
  };
}

function describeRule(
  rule: Rule | undefined,
): Pick<
  Explanation,
  "rule" | "ruleSource" | "injects" | "removes" | "trust" | "clientCertificate"
> {
  if (rule === undefined) return { injects: [], removes: nothing };
  const { injection, clientCertificate } = credentialOf(rule);
  return {
    rule: rule.name,
    ruleSource: rule.source,
    injects: rule.fields,
    removes: {
      headers: [...injection?.removeFields ?? []].sort(),
      query: [...injection?.removeQuery ?? []].sort(),
    },
    trust: rule.trustAnchors === undefined
      ? "default roots"
      : `only ${rule.trustAnchorsSource ?? "its own CA"}`,
    ...(clientCertificate === undefined ? {} : { clientCertificate: clientCertificate.subject }),
  };
}
