import { credentialOf } from "../policy/rule.ts";
import type { Route } from "./route.ts";
import type { PeerDemand } from "./upstream_tls.ts";

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
  { authority, rule }: Route,
  { extraAnchors, systemRoots, protocols }: DefaultTrust & Pick<PeerDemand, "protocols">,
): PeerDemand {
  const name = rule?.serverName ?? authority.host;
  if (rule === undefined) return { name, extraAnchors, protocols };
  const { clientCertificate } = credentialOf(rule);
  const { trustAnchors } = rule;
  if (clientCertificate === undefined && rule.hop === undefined) {
    const own = trustAnchors === undefined ? {} : { onlyAnchors: trustAnchors };
    return { name, extraAnchors, protocols, ...own };
  }
  const onlyAnchors = trustAnchors ?? [...systemRoots, ...extraAnchors].join("\n");
  const shown = clientCertificate === undefined ? {} : { clientCertificate };
  return { name, extraAnchors, protocols, onlyAnchors, ...shown };
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
