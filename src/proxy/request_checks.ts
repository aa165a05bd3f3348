/**
 * What a request is refused for, apart from what it says of itself: each check by itself, so that
 * whoever explains a decision asks the same ones.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import {
  type Authority,
  formatAuthority,
  parseAuthority,
  sameAuthority,
} from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import { namesInVia } from "./forward_head.ts";
import type { Route, RoutePlan } from "./route.ts";

/**
 * TRACE is answered with the request as it arrived, credential included: RFC 9110 section 9.3.8
 * forbids to send one with it. TRACK is the same by another name. Methods are case-sensitive
 * (section 9.1), but not every server knows.
 */
export function refuseEcho({ method }: RequestHead): void {
  if (method.length !== "TRACE".length || !/^tra(ce|ck)$/i.test(method)) return;
  throw new ProxyError("method_refused", `${method} would send the credential back`);
}

export function refuseLoop(head: RequestHead, via: string | undefined): void {
  if (via === undefined || !namesInVia(head, via)) return;
  throw new ProxyError("loop_detected", `Via says that ${via} has forwarded this request already`);
}

export function refuseClearText({ scheme, authority }: Route, rules: RuleSet): void {
  if (scheme !== "http") return;
  const rule = rules.coversHost(authority.host);
  if (rule === undefined) return;
  throw new ProxyError(
    "clear_text_refused",
    `Rule ${rule.name} has a credential for ${authority.host}; use https:// instead of http://`,
  );
}

export function refuseUnavailable(rule: Rule | undefined): void {
  if (rule === undefined) return;
  const { unavailable } = credentialOf(rule);
  if (unavailable !== undefined) throw new ProxyError("credential_unavailable", unavailable);
}

/** With a credential that it had minted, the client would need this proxy no more. */
export function refuseMinting(
  head: RequestHead,
  { rule, pathAndQuery }: { rule: Rule | undefined; pathAndQuery: string },
): void {
  const endpoint = rule?.deniedEndpoints?.find(head, pathAndQuery);
  if (rule === undefined || endpoint === undefined) return;
  throw new ProxyError(
    "endpoint_refused",
    `Rule ${rule.name} denies ${endpoint.name}, which gives out credentials; ` +
      `start the proxy with --allow-endpoint ${endpoint.name} to allow it`,
  );
}

/** Host must name what the connection is for (I1). */
export function checkHost(
  { fields, minorVersion }: RequestHead,
  plan: Pick<RoutePlan, "scheme" | "authority" | "host">,
): void {
  const line = fields.find("host");
  if (line < 0) {
    // RFC 9112 section 3.2: HTTP/1.1 demands Host.
    if (minorVersion === 1) throw new WireError("Cannot accept the request: no Host");
    return;
  }
  if (fields.find("host", line + 1) >= 0) {
    throw new WireError("Cannot accept the request: more than one Host");
  }
  if (fields.valueIs(line, plan.host)) return;
  const host = fields.value(line);
  const named = parseAuthority(host, { defaultPort: plan.scheme === "http" ? 80 : 443 });
  if (!sameAuthority(named, plan.authority)) throw misdirected("Host", host, plan.authority);
}

export function misdirected(what: string, value: string, authority: Authority): ProxyError {
  return new ProxyError(
    "misdirected_request",
    `${what} says ${value}, the connection is for ${formatAuthority(authority)}`,
  );
}
