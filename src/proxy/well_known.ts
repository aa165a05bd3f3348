/**
 * What the proxy answers by itself, under one well-known path (RFC 8615): what a client needs to trust it,
 * which services it may use, and, inside a tunnel that it has decrypted, what it would do with a request.
 *
 * @module
 */
import { doctorScript } from "../clients/doctor_script.ts";
import { ProxyError } from "../errors.ts";
import { type Authority, formatAuthority, parseAuthority } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { parseRequestTarget } from "../wire/request_target.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Downstream, ProxyContext } from "./context.ts";
import { explain } from "./explain.ts";
import { jsonContent, type OwnContent, textContent } from "./own_response.ts";
import { checkHost } from "./request_checks.ts";
import type { Front } from "./front.ts";
import type { RoutePlan } from "./route.ts";
import { serviceDocument, serviceLines } from "./service_document.ts";
import { transparentAuthority } from "./transparent_authority.ts";

const prefix = "/.well-known/auth-proxy";
const probe = `${prefix}/probe`;

/** A request for something of the proxy's own. */
export interface OwnRequest {
  /** What the client called us by. */
  readonly authority: Authority;
  /** What follows the well-known path: empty, or `/ca.pem`. */
  readonly name: string;
}

/** Whether a request has to be looked at for that any closer. */
export function mayBeOwn({ target }: RequestHead, { front, tunnel }: Downstream): boolean {
  return tunnel === undefined && front?.knows !== undefined && target.includes(prefix);
}

/**
 * Tells whether a request to the listener itself is for one of our own resources, by a name that is known
 * to be ours. No name is resolved for that: nobody knows yet who asks, and what may be asked for.
 *
 * @throws {ProxyError} `misdirected_request` if a web page may have sent it: one whose name leads here;
 *   or if Host names something else than the target.
 * @throws {WireError} If its target or Host is malformed.
 */
export function findOwnRequest(
  head: RequestHead,
  { front = {} }: Downstream,
): OwnRequest | undefined {
  const target = parseRequestTarget(head.method, head.target);
  if (target.form === "authority") return undefined;
  const name = ownName(target.pathAndQuery);
  if (name === undefined) return undefined;
  if (target.form === "absolute") {
    const { scheme, authority } = target;
    if (scheme !== "http" || !front.isAt?.(authority)) return undefined;
    checkHost(head, { scheme, authority, host: formatAuthority(authority, { defaultPort: 80 }) });
    return { authority, name };
  }
  const authority = calledBy(head, front);
  if (authority === undefined) return undefined;
  if (front.knows?.(authority)) return { authority, name };
  throw new ProxyError(
    "misdirected_request",
    `This proxy is not called ${formatAuthority(authority)}; use its address, or start it with ` +
      "--listen-name",
  );
}

/** What follows the well-known path; `undefined` if it is another one. */
function ownName(pathAndQuery: string): string | undefined {
  if (!pathAndQuery.startsWith(prefix)) return undefined;
  const [path = ""] = pathAndQuery.split("?");
  return path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

/** @returns `undefined` if it is for somebody else, and was turned to us. */
function calledBy(head: RequestHead, { originalPort, knows }: Front): Authority | undefined {
  const [named = "", ...more] = head.fields.getAll("host");
  if (more.length > 0) throw new WireError("Cannot accept the request: more than one Host");
  const host = parseAuthority(named, { defaultPort: 80 });
  if (originalPort === undefined || knows?.(host)) return host;
  return transparentAuthority(head, originalPort) === undefined ? host : undefined;
}

/**
 * Answers a request for one of our own resources.
 *
 * @param options `identify` finds out who asks, for what is not for everybody.
 * @throws {ProxyError} `not_a_resource`, `method_refused`, or what `identify` throws.
 */
export async function ownContent(
  { authority, name }: OwnRequest,
  { method, context, identify }: {
    method: string;
    context: ProxyContext;
    identify: () => string;
  },
): Promise<OwnContent> {
  refuseOtherMethods(method);
  const proxy = formatAuthority(authority);
  if (name === "" || name === "/") {
    const agent = identify();
    return jsonContent(serviceDocument(context, { proxy, prefix, agent }));
  }
  if (name === "/services.txt") return textContent(serviceLines(context, identify()));
  if (name === "/doctor.sh") return textContent(doctorScript(`http://${proxy}${prefix}`));
  if (name === "/proxy.pac") return pacFile(proxy);
  const file = await context.publicFiles.read(name.slice(1));
  if (file !== undefined) return file;
  throw new ProxyError("not_a_resource", `This proxy has no ${prefix}${name}`);
}

/** Whether a request inside a tunnel asks what would become of it. */
export function isProbe(pathAndQuery: string): boolean {
  return pathAndQuery.startsWith(probe) && /^(?:[/?]|$)/.test(pathAndQuery.slice(probe.length));
}

/**
 * Answers what would become of a request: everything is decided as it would be, and nothing is sent.
 *
 * @param pathAndQuery The probe's; what follows it is the path that is asked about.
 */
export async function probeContent(
  plan: RoutePlan,
  { method, pathAndQuery, context }: {
    method: string;
    pathAndQuery: string;
    context: ProxyContext;
  },
): Promise<OwnContent> {
  refuseOtherMethods(method);
  const path = pathAndQuery.slice(probe.length);
  const request = { method: "GET", url: `https://${plan.host}${path}`, agent: plan.agent };
  const { rule: name } = explain(request, context);
  const live = context.rules.rules.find((rule) => rule.name === name)?.live;
  // What it would wait for, if it were sent, is waited for.
  await live?.renew()?.catch(() => {});
  const { decision, status, reason, authority, agent, rule, injects, removes, egress, wouldDeny } =
    explain(request, context);
  // Nothing of rules that are others'.
  return jsonContent({
    intercepted: true,
    ...{ decision, status, reason, authority, agent, rule, injects, removes, egress, wouldDeny },
  });
}

function refuseOtherMethods(method: string): void {
  if (method === "GET" || method === "HEAD") return;
  throw new ProxyError("method_refused", "The proxy's own resources are for GET and HEAD alone");
}

/** Proxy auto-configuration: everything through us, but for what is on the client's own machine. */
function pacFile(proxy: string): OwnContent {
  const text = `function FindProxyForURL(url, host) {
  if (host === "localhost" || host === "::1" || shExpMatch(host, "127.*")) return "DIRECT";
  return "PROXY ${proxy}";
}
`;
  return textContent(text, "application/x-ns-proxy-autoconfig");
}
