import { ProxyError } from "../errors.ts";
import {
  type Authority,
  formatAuthority,
  parseAuthority,
  parseHost,
  sameAuthority,
} from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { parseRequestTarget } from "../wire/request_target.ts";
import { WireError } from "../wire/wire_error.ts";

/**
 * Reads where a CONNECT request wants to go.
 *
 * @throws {WireError} If its target is no authority, it has a body, or more than one Host.
 * @throws {ProxyError} `misdirected_request` if Host names another authority (I1).
 */
export function connectTarget(head: RequestHead): Authority {
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

/** The name in SNI in canonical form, unless it is absent or an address. */
export function dnsName(serverName: string | undefined): string | undefined {
  if (serverName === undefined) return undefined;
  const { host, kind } = parseHost(serverName);
  return kind === "name" ? host : undefined;
}

/** The refusal of a tunnel whose SNI names another host than CONNECT did (I1). */
export function disagreement(
  serverName: string | undefined,
  authority: Authority,
): ProxyError | undefined {
  if (serverName === undefined || parseHost(serverName).host === authority.host) return undefined;
  return new ProxyError(
    "misdirected_request",
    `SNI says ${serverName}, CONNECT says ${formatAuthority(authority)}`,
  );
}
