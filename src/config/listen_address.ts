import { formatHost, parseAuthority, parseHost } from "../wire/authority.ts";

/** Where to listen. */
export interface ListenAddress {
  /** An IP address or a name that resolves to one, without brackets. */
  readonly hostname: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/**
 * Parses `HOST:PORT`; port 0 picks a free one.
 *
 * @throws {WireError} If it is anything else.
 */
export function parseListenAddress(text: string): ListenAddress {
  const zero = /^(.*):0+$/.exec(text);
  const { host } = parseAuthority(zero === null ? text : `${zero[1]}:1`);
  return { hostname: host, port: zero === null ? parseAuthority(text).port : 0 };
}

/** Writes an address as {@linkcode parseListenAddress} reads it. */
export function formatListenAddress({ hostname, port }: ListenAddress): string {
  return `${formatHost(parseHost(hostname))}:${port}`;
}
