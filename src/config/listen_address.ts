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

/** Where connections arrive that were meant for a port of others. */
export interface TransparentAddress extends ListenAddress {
  /** The port that clients called. */
  readonly originalPort: number;
}

/**
 * Parses `HOST:PORT=ORIGINAL-PORT`.
 *
 * @throws {Error} If it is anything else.
 */
export function parseTransparentAddress(text: string): TransparentAddress {
  const [, address = "", port = ""] = /^(.+)=([1-9]\d{0,4})$/.exec(text) ?? [];
  const originalPort = Number(port);
  if (address === "" || originalPort > 65_535) {
    throw new Error(
      `Cannot parse "${text}": write HOST:PORT=ORIGINAL-PORT, such as 0.0.0.0:6443=6443`,
    );
  }
  return { ...parseListenAddress(address), originalPort };
}
