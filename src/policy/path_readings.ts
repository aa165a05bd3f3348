import { quoteInput, WireError } from "../wire/wire_error.ts";

/**
 * Stands in a reading for a slash that is data and separates no segments: `%2F` to a server that
 * splits before it decodes (RFC 3986 section 2.4). No decoding yields this character.
 */
const DATA_SLASH = "\uFFFE";

/** More than any path has that is not made to be read in many ways. */
const MAX_READINGS = 64;

/** Characters of all readings together, so that a long path cannot cost much either. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * The paths that every server reads in one way: no empty and no dot segment, nothing encoded, no
 * `;`, no `\`, and nothing outside printable ASCII.
 */
const plainPath = /^(?:\/[\w~:@!$&'()*+,=-][\w.~:@!$&'()*+,=-]*)+\/?$/;

/**
 * Characters in UTF-8 (RFC 3629 section 3). Each run is decoded for itself: an octet elsewhere that
 * is not UTF-8 keeps no lenient server from reading the rest.
 */
const encodedRun =
  /(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+/g;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a server may do to a path. */
interface Step {
  /** Some character without which it changes nothing: looked for first, as that costs little. */
  readonly needs?: string;
  readonly apply: (path: string) => string;
}

/** What servers are known to do to a path before they look it up, in whatever order. */
const steps: readonly Step[] = [
  { needs: "%", apply: decodePercent },
  { needs: "%", apply: (path) => decodePercent(path.replace(/%2f/gi, DATA_SLASH)) },
  { apply: decodeUtf8 },
  { needs: "\\", apply: (path) => path.replaceAll("\\", "/") },
  { needs: "//", apply: (path) => path.replace(/\/{2,}/g, "/") },
  { apply: removeAuthority },
  { needs: "/.", apply: removeDotSegments },
  // Path parameters (RFC 3986 section 3.3; RFC 2396 gave them to every segment).
  { needs: ";", apply: (path) => path.replace(/;[^/]*/g, "") },
  // Decoded once and parsed again, these end a path.
  { apply: (path) => path.replace(/[?#\0].*$/s, "") },
  // Trimmed by some, and "$" of many regular expressions matches before a line feed at the end.
  { apply: (path) => path.replace(/[\0-\x20\x7f]+/g, "") },
];

/**
 * Lists what a path may mean to the server that gets it: servers disagree about decoding (once,
 * twice, slashes as data or as separators), dot segments, repeated slashes, `;parameters`,
 * backslashes, control characters and Unicode forms, whether `//` begins an authority, and about the
 * order of all these. This is the closure of the path under all steps, so no order is left out.
 *
 * For decisions that hold if any reading matches; what is forwarded stays as it came.
 *
 * @param paths A request target's path without its query, one character per octet; and what else the
 *   request may name as its path.
 * @returns The paths as they came, and their other readings.
 * @throws {WireError} If a `%` begins no percent-encoding (RFC 3986 section 2.1), or there are more
 * readings of all of them together than an honest path has.
 */
export function pathReadings(...paths: readonly string[]): ReadonlySet<string> {
  const readings = new Set(paths);
  const open = paths.filter((path) => !plainPath.test(path));
  let characters = 0;
  for (const path of open) {
    refuseBroken(path);
    characters += path.length;
  }
  const pending = new Set(open);
  // A Set iterates over what is added on the way.
  for (const reading of pending) {
    for (const { needs, apply } of steps) {
      if (needs !== undefined && !reading.includes(needs)) continue;
      const next = apply(reading);
      if (next === reading || readings.has(next)) continue;
      readings.add(next);
      pending.add(next);
      characters += next.length;
      if (readings.size > MAX_READINGS || characters > MAX_CHARACTERS) {
        throw refusal(open[0] ?? next, "it can be read in too many ways");
      }
    }
  }
  return readings;
}

function refuseBroken(path: string): void {
  const broken = /%(?![0-9A-Fa-f]{2})/.exec(path);
  if (broken === null) return;
  const piece = quoteInput(path.slice(broken.index, broken.index + 3));
  throw refusal(path, `${piece} encodes nothing`);
}

/**
 * A path that begins with two slashes is an authority and a path to who resolves it as a reference
 * (RFC 3986 section 4.2); to the URL Standard, of browsers and Node.js, with backslashes too, and
 * with any number of either.
 */
function removeAuthority(path: string): string {
  return path.replace(/^[/\\]{2,}[^/\\]*$/, "/").replace(/^[/\\]{2,}[^/\\]*(?=[/\\])/, "");
}

/** Decodes what is encoded, to one character per octet. What encodes nothing stays: some do so. */
function decodePercent(path: string): string {
  return path.replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
}

/**
 * Reads octets as UTF-8 the way that lenient servers do: overlong forms of ASCII count (RFC 3629
 * section 10 warns of `C0 AE`), and compatibility forms such as a full-width solidus are folded
 * (NFKC, Unicode Standard Annex 15).
 */
function decodeUtf8(path: string): string {
  if (/^[\0-\x7f]*$/.test(path)) return path;
  const ascii = path.replace(
    /[\xc0\xc1][\x80-\xbf]/g,
    ([lead = "", trail = ""]) =>
      String.fromCharCode((lead.charCodeAt(0) & 0x01) << 6 | trail.charCodeAt(0) & 0x3f),
  );
  return ascii.replace(encodedRun, decodeRun).normalize("NFKC");
}

function decodeRun(octets: string): string {
  return utf8.decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));
}

/** RFC 3986 section 5.2.4. */
function removeDotSegments(path: string): string {
  if (!/\/\.{1,2}(?:\/|$)/.test(path)) return path;
  const [first = "", ...rest] = path.split("/");
  const kept: string[] = [];
  for (const segment of rest) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  const last = rest.at(-1);
  if (last === "." || last === "..") kept.push("");
  return `${first}/${kept.join("/")}`;
}

function refusal(path: string, state: string): WireError {
  return new WireError(`Cannot settle the path ${quoteInput(path)}: ${state}`);
}
