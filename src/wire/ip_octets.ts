/**
 * IP addresses between text and octets.
 *
 * The parser is our own. ipaddr.js 2.5 reads `::127.0.0.1` as `::ffff:127.0.0.1` and takes octets
 * with leading zeros inside IPv6; two readings of one address are how a guard is passed. The tests
 * of ip_address.ts hold ours against it where it is right.
 *
 * @module
 */

/** 4 or 16 octets in network order. */
export type Octets = readonly number[];

/** RFC 4291 section 2.5.5.2: the IPv4 address behind `::ffff:a.b.c.d`. */
export function unmap(octets: Octets): Octets {
  const mapped = octets.length === 16 && octets[10] === 0xff && octets[11] === 0xff &&
    octets.slice(0, 10).every((octet) => octet === 0);
  return mapped ? octets.slice(12) : octets;
}

/** Decimal digits without sign or leading zeros, at most `limit`. */
export function decimal(text: string, limit: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= limit ? value : undefined;
}

/** Parses the spellings that `parseIpLiteral` allows: 4 or 16 octets, or undefined. */
export function parseOctets(text: string): Octets | undefined {
  // The longest spelling is eight groups of which the last two are dotted: 45 characters.
  if (text.length > 45) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Octets | undefined {
  const octets = text.split(".").map((part) => decimal(part, 255));
  return octets.length === 4 && octets.every((octet) => octet !== undefined) ? octets : undefined;
}

function parseIpv6(text: string): Octets | undefined {
  const [before = "", after, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  if (after === undefined) {
    const octets = parseGroups(before);
    return octets?.length === 16 ? octets : undefined;
  }
  const head = before === "" ? [] : parseGroups(before);
  const tail = after === "" ? [] : parseGroups(after);
  if (head === undefined || tail === undefined || before.includes(".")) return undefined;
  const zeros = 16 - head.length - tail.length;
  return zeros >= 2 ? [...head, ...new Array<number>(zeros).fill(0), ...tail] : undefined;
}

/** Groups of one to four hexadecimal digits, the last of which may be a dotted IPv4 address. */
function parseGroups(text: string): Octets | undefined {
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    } else {
      const dotted = index === groups.length - 1 ? parseIpv4(group) : undefined;
      if (dotted === undefined) return undefined;
      octets.push(...dotted);
    }
  }
  return octets;
}

/** Writes octets in the one canonical spelling of their address. */
export function formatOctets(octets: Octets): string {
  if (octets.length === 4) return octets.join(".");
  const ipv4 = unmap(octets);
  // RFC 5952 section 5 recommends mixed notation here, and inet_ntop writes it.
  if (ipv4.length === 4) return `::ffff:${ipv4.join(".")}`;
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((octets[index] ?? 0) << 8) | (octets[index + 1] ?? 0));
  }
  return compress(groups);
}

/** RFC 5952 section 4.2: the first longest run of two or more zero groups becomes `::`. */
function compress(groups: readonly number[]): string {
  let start = 0;
  let length = 1;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}
