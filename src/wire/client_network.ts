import { formatOctets, parseOctets, unmap } from "./ip_octets.ts";

/** RFC 6177 section 2: a site has a block of at least 64 bits, and all addresses in it are its own. */
const SITE_OCTETS = 8;

/**
 * Tells clients apart by what they cannot have any number of: an IPv4 address, or an IPv6 /64.
 * Everything on this machine is one client, as it may use any address of 127.0.0.0/8.
 *
 * @param address As the system gives it: an IP address, with or without a zone id.
 * @returns A name for the client; the address itself if it cannot be read.
 */
export function clientNetwork(address: string): string {
  const [text = "", zone] = address.split("%");
  const parsed = parseOctets(text);
  if (parsed === undefined) return address;
  const octets = unmap(parsed);
  if (octets.length === 4) return octets[0] === 127 ? LOOPBACK : formatOctets(octets);
  if (formatOctets(octets) === "::1") return LOOPBACK;
  const network = octets.map((octet, index) => index < SITE_OCTETS ? octet : 0);
  // Each link has its own fe80::/64.
  return `${formatOctets(network)}/64${zone === undefined ? "" : `%${zone}`}`;
}

const LOOPBACK = "loopback";
