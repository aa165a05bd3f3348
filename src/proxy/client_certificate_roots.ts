import { readSystemRoots } from "../ca/system_roots.ts";
import type { RuleSet } from "../policy/rule_set.ts";

/**
 * This machine's roots, if a rule may show a client certificate without having a CA of its own.
 *
 * @param options `except` is a file that is no source: our own bundle.
 */
export async function rootsForClientCertificates(
  { rules }: Pick<RuleSet, "rules">,
  { environment, except }: { environment: Readonly<Record<string, string>>; except: string },
): Promise<readonly string[]> {
  const needed = rules.some(({ live, trustAnchors }) =>
    live !== undefined && trustAnchors === undefined
  );
  if (!needed) return [];
  const roots = await readSystemRoots({ sslCertFile: environment["SSL_CERT_FILE"], except });
  return roots.certificates;
}
