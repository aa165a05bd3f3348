import { sameDigest, tokenDigest } from "../ca/token_digest.ts";
import { parseCredentials } from "../policy/proxy_credentials.ts";
import { parseHost } from "../wire/authority.ts";
import { classifyAddress } from "../wire/ip_address.ts";
import { isLoopback } from "../wire/loopback.ts";

/** Who reaches one listener of the admin API, and what they may do there. */
export interface AdminAccess {
  /** On a network, nothing is open to whoever asks. */
  readonly reach: "loopback" | "network" | "socket";
  /** Whether the value of `Authorization` lets the caller operate the proxy. */
  admits(authorization: string | undefined): boolean;
  /** Whether the value of `Host` names this listener: another one is a rebound DNS name. */
  knowsHost(host: string | undefined): boolean;
}

/** The access to a listener on an IP address: the admin token, as Bearer or as Basic's password. */
export function networkAccess(hostname: string, token: string): AdminAccess {
  // The token itself is not kept.
  const digest = tokenDigest(token);
  return {
    reach: isLoopback(hostname) ? "loopback" : "network",
    admits: (authorization) => {
      const credentials = authorization === undefined ? undefined : parseCredentials(authorization);
      return credentials !== undefined && sameDigest(tokenDigest(credentials.token), digest);
    },
    knowsHost: (host) => namesListener(host, hostname),
  };
}

/** The access to a socket that only this user can open. No browser can, so Host may be anything. */
export const socketAccess: AdminAccess = {
  reach: "socket",
  admits: () => true,
  knowsHost: () => true,
};

/** Whether `Host` is an address, `localhost` or the name that the listener was given. */
function namesListener(host: string | undefined, hostname: string): boolean {
  const name = /^(\[.*\]|[^:]*)(:\d+)?$/.exec(host ?? "")?.[1];
  if (name === undefined) return false;
  try {
    const parsed = parseHost(name);
    if (parsed.kind === "name") return parsed.host === "localhost" || parsed.host === hostname;
    return !isLoopback(hostname) || classifyAddress(parsed.host) === "loopback";
  } catch {
    return false;
  }
}
