import type { Host } from "../wire/authority.ts";

/** Domains whose names mean something else in each network, or on each machine. */
const domains: readonly string[] = [
  "home.arpa", // RFC 8375
  "internal", // reserved by ICANN for private use: metadata.google.internal, host.docker.internal
  "local", // RFC 6762
  "localdomain",
  "localhost", // RFC 6761 section 6.3
];

/**
 * Tells whether a name means what the network of its resolver says: one label, or a name below a domain
 * that is reserved for that. Whoever resolves it in our place is asked for something in its own network.
 */
export function isLocalName({ host, kind }: Host): boolean {
  if (kind !== "name") return false;
  return !host.includes(".") || domains.some((domain) => host.endsWith(`.${domain}`));
}
