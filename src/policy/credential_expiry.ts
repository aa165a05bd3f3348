import { statedExpiry } from "./inject.ts";
import { credentialOf, type Rule } from "./rule.ts";

/**
 * When a rule's credential expires, as far as it says: the first of its parts to do so.
 *
 * @returns Milliseconds since the epoch.
 */
export function credentialExpiry(rule: Rule): number | undefined {
  if (rule.live !== undefined) return rule.live.expiresAt;
  const { injection, clientCertificate } = credentialOf(rule);
  const ends = (injection?.credentials ?? []).flatMap((each) => statedExpiry(each) ?? []);
  if (clientCertificate !== undefined) ends.push(clientCertificate.notAfter);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
