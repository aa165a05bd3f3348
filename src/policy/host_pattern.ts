import { parse as parseDomain } from "tldts";
import { type Authority, formatAuthority, parseAuthority } from "../wire/authority.ts";
import { quoteInput, WireError } from "../wire/wire_error.ts";
import { tenantDomainUnder } from "./tenant_hosts.ts";

/**
 * The hosts that a credential may go to, on one port.
 *
 * `exact` is one name or address. `suffix` is one or more whole labels to the left of `host`, never
 * `host` itself. Matching compares whole labels, so `sentry.io` is neither `evilsentry.io` nor
 * `sentry.io.evil.com`.
 */
export interface HostPattern {
  readonly kind: "exact" | "suffix";
  /** In canonical form, without the `*.` of a suffix. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** If set, only names that have this as a whole label match. */
  readonly label?: string;
}

/**
 * Parses `host`, `host:port`, `*.host` or `*.host:port`.
 *
 * @param text The pattern. `*` stands for whole labels and is allowed only as the first label.
 * @param options `defaultPort` is the port of a pattern that names none. `allowBuckets` is for rules
 * that sign (SigV4) and send no secret: anyone can make a bucket of S3, but it is AWS that is spoken to
 * there, and a signature holds for one host.
 * @throws {WireError} If it is malformed, as wide as a public suffix, or over other people's
 * tenants. The message says how to mend it.
 */
export function parseHostPattern(
  text: string,
  { allowBuckets = false, ...options }: { defaultPort: number; allowBuckets?: boolean },
): HostPattern {
  if (!text.includes("*")) {
    const { host, port } = parseOperand(text, { pattern: text, ...options });
    return { kind: "exact", host, port };
  }
  const rest = text.startsWith("*.") ? text.slice(2) : "";
  if (rest === "" || rest.includes("*")) {
    const wide = /^\*(:\d*)?$/.test(text);
    throw refusal(
      text,
      wide
        ? "it matches every host; name the hosts that the credential is for"
        : '"*" must be the whole first label, as in "*.example.com"; name the hosts one by one',
    );
  }
  const { host, kind, port } = parseOperand(rest, { pattern: text, ...options });
  if (kind !== "name") throw refusal(text, "an address has no subdomains; write the address alone");
  if (!(allowBuckets && isBucketDomain(host))) refuseWideSuffix(text, host);
  return { kind: "suffix", host, port };
}

/** Tells whether the authority is one that the pattern names. */
export function matchesHostPattern(pattern: HostPattern, authority: Authority): boolean {
  return pattern.port === authority.port && matchesHost(pattern, authority.host);
}

/** Tells whether the pattern names this canonical host, on whatever port. */
export function matchesHost(pattern: HostPattern, host: string): boolean {
  if (pattern.kind === "exact" ? host !== pattern.host : !host.endsWith(`.${pattern.host}`)) {
    return false;
  }
  return pattern.label === undefined || hasLabel(host, pattern.label);
}

/** Tells whether a name has `label` as one of its whole labels. An address has no labels. */
export function hasLabel(host: string, label: string): boolean {
  const isAddress = host.includes(":") || /^[\d.]+$/.test(host);
  return !isAddress && host.split(".").includes(label);
}

/**
 * Writes a pattern as {@linkcode parseHostPattern} reads it; one with a label gets it in
 * parentheses: `*.k8s.corp:6443 (label prod)`.
 *
 * @param options The port is left out where it equals `defaultPort`.
 */
export function formatHostPattern(
  pattern: HostPattern,
  options?: { defaultPort?: number },
): string {
  const kind = pattern.host.includes(":") ? "ipv6" : "name";
  const text = formatAuthority({ host: pattern.host, kind, port: pattern.port }, options);
  const label = pattern.label === undefined ? "" : ` (label ${pattern.label})`;
  return `${pattern.kind === "suffix" ? "*." : ""}${text}${label}`;
}

function parseOperand(
  text: string,
  { pattern, defaultPort }: { pattern: string; defaultPort: number },
): Authority {
  if (/[/?#]/.test(text)) {
    throw refusal(pattern, "it is a URL or has a path; write the host alone, as host or host:port");
  }
  return parseAuthority(text, { defaultPort });
}

/** Invariant I2: a wildcard must lie within what one owner answers for. */
function refuseWideSuffix(text: string, suffix: string): void {
  if (!suffix.includes(".")) {
    throw refusal(
      text,
      `it covers all of ".${suffix}"; add a label, as in "*.example.${suffix}", or name the hosts`,
    );
  }
  if (isPublicSuffix(suffix) || isPublicSuffix(`x.${suffix}`)) {
    throw refusal(
      text,
      `anyone can register a name under "${suffix}" (public suffix list); name the hosts`,
    );
  }
  const tenants = tenantDomainUnder(suffix);
  if (tenants !== undefined) {
    throw refusal(
      text,
      `names under "${tenants}" belong to different customers; name your own hosts one by one`,
    );
  }
}

/** Every name under it is a bucket of S3, and answered by S3 itself; websites of buckets are not. */
function isBucketDomain(suffix: string): boolean {
  return /^s3(\.dualstack)?(\.[a-z]{2}(-[a-z]+)+-\d{1,2})?\.amazonaws\.com(\.cn)?$/.test(suffix);
}

function isPublicSuffix(name: string): boolean {
  const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false };
  const { publicSuffix, isIcann, isPrivate } = parseDomain(name, options);
  return publicSuffix === name && (isIcann === true || isPrivate === true);
}

function refusal(text: string, state: string): WireError {
  return new WireError(`Cannot accept host pattern ${quoteInput(text)}: ${state}`);
}
