import { type Authority, parseAuthority, parseHost } from "../wire/authority.ts";
import { WireError } from "../wire/wire_error.ts";

/** One `--connect-to HOST1:PORT1:HOST2:PORT2`; an absent part stands for any, or for unchanged. */
export interface ConnectTo {
  readonly from: { readonly host?: string; readonly port?: number };
  readonly to: { readonly host?: string; readonly port?: number };
}

const SYNTAX = "HOST1:PORT1:HOST2:PORT2, an IPv6 address in brackets";

/**
 * Parses a `--connect-to` value; its meaning is curl's (curl(1), --connect-to).
 *
 * @throws {WireError} if it does not have four parts, or a host or port is malformed.
 */
export function parseConnectTo(text: string): ConnectTo {
  const parts = /^(\[[^\]]*\]|[^:]*):(\d*):(\[[^\]]*\]|[^:]*):(\d*)$/.exec(text);
  if (parts === null) throw new WireError(`Cannot parse "${text}": write ${SYNTAX}`);
  const [, fromHost = "", fromPort = "", toHost = "", toPort = ""] = parts;
  return { from: endpoint(fromHost, fromPort), to: endpoint(toHost, toPort) };
}

/**
 * Says where a connection for `authority` is dialled instead.
 *
 * @returns The first entry's target that fits, or undefined if none does.
 */
export function routeConnectTo(
  authority: Authority,
  entries: readonly ConnectTo[],
): Authority | undefined {
  for (const { from, to } of entries) {
    if (from.host !== undefined && from.host !== authority.host) continue;
    if (from.port !== undefined && from.port !== authority.port) continue;
    const { host, kind } = to.host === undefined ? authority : parseHost(bracketed(to.host));
    return { host, kind, port: to.port ?? authority.port };
  }
  return undefined;
}

function endpoint(host: string, port: string): { host?: string; port?: number } {
  return {
    ...(host === "" ? {} : { host: parseHost(host).host }),
    ...(port === "" ? {} : { port: parseAuthority(`any:${port}`).port }),
  };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
