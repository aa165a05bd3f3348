import { type Authority, parseAuthority } from "../wire/authority.ts";
import { WireError } from "../wire/wire_error.ts";

/** Where another proxy is, and who we are there. */
export interface ProxyUrl {
  /** How it is spoken to itself; what goes through it has TLS of its own. */
  readonly scheme: "http" | "https";
  readonly authority: Authority;
  readonly login?: {
    readonly user: string;
    /** As it is written, percent-decoded: it may be a secret. */
    readonly password: string;
  };
}

const SYNTAX = "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or https:// likewise";

/**
 * Parses the URL of a proxy, user and password percent-encoded (RFC 3986 section 3.2.1).
 *
 * @param text The URL. Without a port it is that of the scheme.
 * @throws {WireError} If it is anything else. The message quotes nothing of it: a password may stand
 *   anywhere in what is malformed.
 */
export function parseProxyUrl(text: string): ProxyUrl {
  const [, scheme = "", userinfo, place = ""] =
    /^(https?):\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?$/i.exec(text) ?? [];
  if (place === "") {
    const socks = /^socks[0-9a-z]*:/i.test(text) ? "; SOCKS is not spoken to other proxies" : "";
    throw new WireError(`${SYNTAX}${socks}`);
  }
  const isSecure = scheme.toLowerCase() === "https";
  const where = {
    scheme: isSecure ? "https" : "http",
    authority: parseAuthority(place, { defaultPort: isSecure ? 443 : 80 }),
  } as const;
  if (userinfo === undefined) return where;
  const colon = userinfo.indexOf(":");
  if (colon < 0) throw new WireError(`${SYNTAX}; its user has no password`);
  return {
    ...where,
    login: { user: decode(userinfo.slice(0, colon)), password: decode(userinfo.slice(colon + 1)) },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WireError("its user or password is not percent-encoded; write % as %25");
  }
}
