import { readSystemRoots } from "../ca/system_roots.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { UpstreamProxies } from "../policy/upstream_proxies.ts";

/**
 * This machine's roots, if a rule may show a client certificate without having a CA of its own, or
 * another proxy may be in between.
 *
 * @param options `except` is a file that is no source: our own bundle.
 */
export async function rootsForNodeTls(
  { rules, proxies }: Pick<RuleSet, "rules"> & { readonly proxies: UpstreamProxies },
  { environment, except }: { environment: Readonly<Record<string, string>>; except: string },
): Promise<readonly string[]> {
  const needed = proxies.hops.length > 0 ||
    rules.some(({ live, hop, trustAnchors }) =>
      hop?.scheme === "https" || live !== undefined && trustAnchors === undefined
    );
  if (!needed) return [];
  const roots = await readSystemRoots({ sslCertFile: environment["SSL_CERT_FILE"], except });
  return roots.certificates;
}
