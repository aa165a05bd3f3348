import { credentialOf } from "../policy/rule.ts";
import type { Route } from "./route.ts";
import type { PeerDemand } from "./node_tls.ts";

/** Trusted where a rule has no CA of its own; PEM. */
export interface DefaultTrust {
  /** Of --upstream-ca: added to the default roots. */
  readonly extraAnchors: readonly string[];
  /**
   * This machine's roots, which stand for Deno's default ones where a client certificate is shown or
   * another proxy is in between: node:tls does that, and would need all of `--allow-sys` to know Deno's.
   */
  readonly systemRoots: readonly string[];
}

/** What the peer of a route's connection must prove, and what it is shown. */
export function peerDemand(
  { authority, rule, hop }: Route,
  { extraAnchors, systemRoots, protocols }: DefaultTrust & Pick<PeerDemand, "protocols">,
): PeerDemand {
  const name = rule?.serverName ?? authority.host;
  const clientCertificate = rule && credentialOf(rule).clientCertificate;
  const trustAnchors = rule?.trustAnchors;
  if (clientCertificate === undefined && hop === undefined) {
    const own = trustAnchors === undefined ? {} : { onlyAnchors: trustAnchors };
    return { name, extraAnchors, protocols, ...own };
  }
  const onlyAnchors = trustAnchors ?? replacedRoots({ systemRoots, extraAnchors });
  const shown = clientCertificate === undefined ? {} : { clientCertificate };
  return { name, extraAnchors, protocols, onlyAnchors, ...shown };
}

/** What stands for Deno's default roots and what is added to them, PEM. */
export function replacedRoots({ systemRoots, extraAnchors }: DefaultTrust): string {
  return [...systemRoots, ...extraAnchors].join("\n");
}

/**
 * The key that a route's connections are kept by at this moment. A rule's trust anchors and the name
 * that it demands never change, so its name in the route's key stands for them; its client certificate
 * may be renewed, and a connection that was opened with the one before is of no use then.
 */
export function poolKey({ key, rule }: Route): string {
  if (rule?.live === undefined) return key;
  return `${key}\n${rule.live.current().clientCertificate?.id ?? ""}`;
}
