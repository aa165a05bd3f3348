import { decimal, formatOctets, type Octets, parseOctets, unmap } from "./ip_octets.ts";
import { quoteInput, WireError } from "./wire_error.ts";

/** An IP address in its one canonical spelling. */
export interface IpLiteral {
  readonly version: 4 | 6;
  /** Dotted decimal, or RFC 5952: lower case, compressed, `::ffff:0:0/96` in mixed notation. */
  readonly text: string;
}

/** What an address is for. Everything but "global" needs somebody's word before it is dialled. */
export type AddressClass =
  | "global"
  | "loopback"
  | "private"
  | "carrier_grade_nat"
  | "link_local"
  | "metadata"
  | "multicast"
  | "unspecified"
  | "broadcast"
  | "reserved";

/** A block of addresses with no host bits set. */
export interface Cidr {
  readonly version: 4 | 6;
  /** The first address, canonical. */
  readonly network: string;
  /** 0 to 32, or 0 to 128. */
  readonly prefixLength: number;
}

/**
 * Parses an IP address.
 *
 * @param text IPv4 as exactly four decimal octets without leading zeros; IPv6 as RFC 4291 section
 * 2.2 writes it, any case, without brackets and without a zone id.
 * @returns The canonical address, or undefined where `text` is no IP address.
 */
export function parseIpLiteral(text: string): IpLiteral | undefined {
  const octets = parseOctets(text);
  if (octets === undefined) return undefined;
  return { version: octets.length === 4 ? 4 : 6, text: formatOctets(octets) };
}

/**
 * Says what an address is for, by the IANA special-purpose address registries (RFC 6890) and a list
 * of metadata services. "global" is only what those registries leave as ordinary global unicast.
 *
 * An IPv6 address that carries an IPv4 one is judged by the latter, since that is who answers:
 * IPv4-mapped and IPv4-compatible (RFC 4291 section 2.5.5), NAT64 (RFC 6052, RFC 8215), 6to4
 * (RFC 3056), Teredo (RFC 4380, server and client), SIIT (RFC 2765) and ISATAP (RFC 5214). Where
 * that one is global, mapped, NAT64 `64:ff9b::/96` and ISATAP are "global", the others "reserved".
 * A network's own NAT64 prefix looks like any other address: only its operator can block it.
 *
 * @param text An IP address as a resolver returns it.
 * @throws {WireError} If `text` is no IP address (a zone id counts as none).
 */
export function classifyAddress(text: string): AddressClass {
  return classifyOctets(unmap(requireOctets(text)));
}

/**
 * Lists the IPv4 addresses that an IPv6 one carries, by whatever scheme {@linkcode classifyAddress}
 * knows: whoever sends to it may end up there.
 *
 * @returns None for an IPv4 address and for an IPv6 address that carries none.
 * @throws {WireError} If `text` is no IP address.
 */
export function carriedAddresses(text: string): string[] {
  const octets = requireOctets(text);
  if (octets.length === 4) return [];
  const ipv4 = unmap(octets);
  if (ipv4.length === 4) return [formatOctets(ipv4)];
  return (rowOf(octets)?.carried?.(octets) ?? []).map(formatOctets);
}

/**
 * Parses `address/length`, or an address alone as a block of one.
 *
 * A block inside `::ffff:0:0/96` becomes the IPv4 block that it maps.
 *
 * @throws {WireError} If the address or the length is malformed, or host bits are set.
 */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf("/");
  const octets = parseOctets(slash === -1 ? text : text.slice(0, slash));
  if (octets === undefined) throw cidrError(text, "no IP address stands before the prefix length");
  const bits = octets.length * 8;
  const length = slash === -1 ? bits : decimal(text.slice(slash + 1), bits);
  if (length === undefined) throw cidrError(text, `the prefix length must be 0 to ${bits}`);
  const network = octets.map((octet, index) => octet & prefixMask(length, index));
  if (!startsWith(octets, network, bits)) {
    throw cidrError(text, `host bits are set, the block is ${formatOctets(network)}/${length}`);
  }
  const mapped = length >= 96 ? unmap(octets) : octets;
  return {
    version: mapped.length === 4 ? 4 : 6,
    network: formatOctets(mapped),
    prefixLength: length - (bits - mapped.length * 8),
  };
}

/**
 * Whether a block contains an address. An IPv4-mapped IPv6 address counts as its IPv4 address.
 *
 * @throws {WireError} If `ip` is no IP address.
 */
export function cidrContains(cidr: Cidr, ip: string): boolean {
  return startsWith(unmap(requireOctets(ip)), requireOctets(cidr.network), cidr.prefixLength);
}

/** Writes a block as `network/length`. */
export function formatCidr(cidr: Cidr): string {
  return `${cidr.network}/${cidr.prefixLength}`;
}

/** Finds the IPv4 addresses that an IPv6 one carries. */
type Carried = (octets: Octets) => readonly Octets[];

/** A block and its class. With `carried`, the class holds where every carried address is global. */
interface Row {
  readonly network: Octets;
  readonly prefixLength: number;
  readonly addressClass: AddressClass;
  readonly carried?: Carried;
}

function row(block: string, addressClass: AddressClass, carried: Carried = () => []): Row {
  const { network, prefixLength } = parseCidr(block);
  return { network: requireOctets(network), prefixLength, addressClass, carried };
}

/** The first row that contains an address decides. */
const ipv4Rows: readonly Row[] = [
  row("169.254.169.254", "metadata"), // AWS, Google, Azure, OCI, DigitalOcean, OpenStack: their docs
  row("169.254.170.2", "metadata"), // AWS ECS docs: task metadata and task role credentials
  row("169.254.170.23", "metadata"), // AWS EKS docs: Pod Identity Agent
  row("169.254.42.42", "metadata"), // Scaleway: cloud-init, datasource Scaleway
  row("169.254.0.23", "metadata"), // Tencent Cloud: metadata.tencentyun.com; Datadog agent, tencent
  row("100.100.100.200", "metadata"), // Alibaba Cloud: cloud-init, datasource AliYun
  row("168.63.129.16", "metadata"), // Azure docs: "What is IP address 168.63.129.16?" (WireServer)
  row("192.0.0.192", "metadata"), // Oracle Cloud Classic docs: "Retrieving instance metadata"
  row("0.0.0.0", "unspecified"), // RFC 1122 section 3.2.1.3; kernels take it for loopback
  row("0.0.0.0/8", "reserved"), // RFC 791 section 3.2
  row("10.0.0.0/8", "private"), // RFC 1918
  row("100.64.0.0/10", "carrier_grade_nat"), // RFC 6598
  row("127.0.0.0/8", "loopback"), // RFC 1122 section 3.2.1.3
  row("169.254.0.0/16", "link_local"), // RFC 3927
  row("172.16.0.0/12", "private"), // RFC 1918
  row("192.0.0.0/24", "reserved"), // RFC 6890 section 2.1
  row("192.0.2.0/24", "reserved"), // RFC 5737
  row("192.31.196.0/24", "reserved"), // RFC 7535, AS112
  row("192.52.193.0/24", "reserved"), // RFC 7450, AMT
  row("192.88.99.0/24", "reserved"), // RFC 7526, was the 6to4 relay anycast
  row("192.168.0.0/16", "private"), // RFC 1918
  row("192.175.48.0/24", "reserved"), // RFC 7534, AS112
  row("198.18.0.0/15", "reserved"), // RFC 2544
  row("198.51.100.0/24", "reserved"), // RFC 5737
  row("203.0.113.0/24", "reserved"), // RFC 5737
  row("224.0.0.0/4", "multicast"), // RFC 5771
  row("255.255.255.255", "broadcast"), // RFC 919
  row("240.0.0.0/4", "reserved"), // RFC 1112 section 4
  row("0.0.0.0/0", "global"),
];

const ipv6Rows: readonly Row[] = [
  row("fd00:ec2::254", "metadata"), // AWS EC2 docs: instance metadata over IPv6
  row("fd00:ec2::23", "metadata"), // AWS EKS docs: Pod Identity Agent
  row("fd20:ce::254", "metadata"), // Google docs: VM metadata, IPv6-only instances
  row("fd00:c1::a9fe:a9fe", "metadata"), // OCI: its Python SDK, instance principals signer
  row("fd00:42::42", "metadata"), // Scaleway: cloud-init, datasource Scaleway
  row("fd00:a9fe:a9fe::1", "metadata"), // Akamai (Linode) docs: "Use the Metadata service API"
  row("fd00:100::100:200", "metadata"), // Alibaba Cloud: cloud-init, datasource AliYun
  row("fe80::a9fe:a9fe", "metadata"), // OpenStack Neutron docs: metadata over IPv6
  row("::", "unspecified"), // RFC 4291 section 2.5.2
  row("::1", "loopback"), // RFC 4291 section 2.5.3
  row("::/96", "reserved", lastFour), // RFC 4291 section 2.5.5.1: IPv4-compatible, deprecated
  row("::ffff:0:0:0/96", "reserved", lastFour), // RFC 2765 section 2.1: SIIT
  row("64:ff9b::/96", "global", lastFour), // RFC 6052 section 2.1: NAT64
  row("64:ff9b:1::/48", "reserved", lastFour), // RFC 8215: NAT64 for local use
  row("2001::/32", "reserved", teredo), // RFC 4380
  row("2001::/23", "reserved"), // RFC 2928: benchmarking, ORCHID, AMT and the like
  row("2001:db8::/32", "reserved"), // RFC 3849
  row("2002::/16", "reserved", (octets) => [octets.slice(2, 6)]), // RFC 3056 section 2: 6to4
  row("2620:4f:8000::/48", "reserved"), // RFC 7534, AS112
  row("3fff::/20", "reserved"), // RFC 9637
  row("2000::/3", "global", isatap), // RFC 4291 section 2.4, IANA IPv6 address space registry
  row("fc00::/7", "private"), // RFC 4193
  row("fe80::/10", "link_local"), // RFC 4291 section 2.5.6
  row("fec0::/10", "private"), // RFC 3879: site-local, deprecated and still routed by some
  row("ff00::/8", "multicast"), // RFC 4291 section 2.7
  row("::/0", "reserved"), // unallocated, and 100::/64 (RFC 6666), 5f00::/16 (RFC 9602)
];

function lastFour(octets: Octets): readonly Octets[] {
  return [octets.slice(12)];
}

/** RFC 4380 section 4: the server, and the client's address with every bit inverted. */
function teredo(octets: Octets): readonly Octets[] {
  return [octets.slice(4, 8), octets.slice(12).map((octet) => octet ^ 0xff)];
}

/** RFC 5214 section 6.1: the interface identifier 00-00-5E-FE or 02-00-5E-FE, then the address. */
function isatap(octets: Octets): readonly Octets[] {
  const [first = 1, ...rest] = octets.slice(8, 12);
  return (first & 0xfd) === 0 && rest.join() === "0,94,254" ? lastFour(octets) : [];
}

function rowOf(octets: Octets): Row | undefined {
  const rows = octets.length === 4 ? ipv4Rows : ipv6Rows;
  return rows.find((row) => startsWith(octets, row.network, row.prefixLength));
}

function classifyOctets(octets: Octets): AddressClass {
  const found = rowOf(octets);
  const carried = found?.carried?.(octets).map(classifyOctets) ?? [];
  return carried.find((addressClass) => addressClass !== "global") ??
    found?.addressClass ?? "reserved";
}

function requireOctets(text: string): Octets {
  const octets = parseOctets(text);
  if (octets !== undefined) return octets;
  throw new WireError(`Cannot read address ${quoteInput(text)}: it is no IP address`);
}

function cidrError(text: string, state: string): WireError {
  return new WireError(`Cannot parse CIDR block ${quoteInput(text)}: ${state}`);
}

function prefixMask(length: number, index: number): number {
  const bits = Math.min(8, Math.max(0, length - index * 8));
  return (0xff00 >> bits) & 0xff;
}

function startsWith(octets: Octets, network: Octets, length: number): boolean {
  return octets.length === network.length && octets.every((octet, index) => {
    const mask = prefixMask(length, index);
    return (octet & mask) === ((network[index] ?? 0) & mask);
  });
}
