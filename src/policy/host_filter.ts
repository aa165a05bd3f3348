import { type Host, parseHost } from "../wire/authority.ts";
import { carriedAddresses, type Cidr, cidrContains, parseCidr } from "../wire/ip_address.ts";
import { quoteInput, WireError } from "../wire/wire_error.ts";

/**
 * Some hosts, on whatever port. It may be as wide as one likes, since no credential goes there: that
 * is what {@linkcode HostPattern} is for.
 *
 * `suffix` is one or more whole labels to the left of `host`, never `host` itself. `block` is
 * addresses; a name that resolves to one of them is not in it.
 */
export type HostFilter =
  | { readonly kind: "any" }
  | { readonly kind: "exact" | "suffix"; readonly host: string }
  | { readonly kind: "block"; readonly block: Cidr };

/**
 * Parses `*` (any host), a name, `*.` and a name, an IP address, or a block as `10.0.0.0/8`.
 *
 * @param text IPv6 with or without brackets; no port.
 * @throws {WireError} If it is anything else. The message says how to mend it.
 */
export function parseHostFilter(text: string): HostFilter {
  if (text === "*") return { kind: "any" };
  if (/^[0-9a-f.:]+\/\d*$/i.test(text)) return { kind: "block", block: parseCidr(text) };
  const rest = text.startsWith("*.") ? text.slice(2) : undefined;
  if ((rest ?? text).includes("*")) {
    throw refusal(text, '"*" stands alone or is the whole first label, as in "*.example.com"');
  }
  if (/[/?#]/.test(text)) throw refusal(text, "it is a URL or has a path; write the host alone");
  if (/^(\[[^\]]*\]|[^:]*):\d*$/.test(text)) {
    throw refusal(text, "write the port apart, as port: 8443");
  }
  const { host, kind } = parseHost(rest ?? text);
  if (kind === "name") return { kind: rest === undefined ? "exact" : "suffix", host };
  if (rest !== undefined) throw refusal(text, "an address has no subdomains; write it alone");
  return { kind: "block", block: parseCidr(host) };
}

/** Tells whether the filter names this host. An address is looked at as it stands. */
export function matchesHostFilter(filter: HostFilter, { host, kind }: Host): boolean {
  switch (filter.kind) {
    case "any":
      return true;
    case "exact":
      return host === filter.host;
    case "suffix":
      return kind === "name" && host.endsWith(`.${filter.host}`);
    case "block":
      return kind !== "name" && cidrContains(filter.block, host);
  }
}

/**
 * Tells whether the filter names this host, or an IPv4 address that its IPv6 address carries (NAT64,
 * 6to4 and the like): for denials.
 */
export function mayReachHostFilter(filter: HostFilter, host: Host): boolean {
  if (matchesHostFilter(filter, host)) return true;
  return filter.kind === "block" && host.kind === "ipv6" &&
    carriedAddresses(host.host).some((address) => cidrContains(filter.block, address));
}

/** Writes a filter as {@linkcode parseHostFilter} reads it. */
export function formatHostFilter(filter: HostFilter): string {
  switch (filter.kind) {
    case "any":
      return "*";
    case "exact":
      return filter.host;
    case "suffix":
      return `*.${filter.host}`;
    case "block": {
      const { version, network, prefixLength } = filter.block;
      const single = prefixLength === (version === 4 ? 32 : 128);
      return single ? network : `${network}/${prefixLength}`;
    }
  }
}

function refusal(text: string, state: string): WireError {
  return new WireError(`Cannot accept host ${quoteInput(text)}: ${state}`);
}
