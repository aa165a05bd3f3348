/** How long before it expires a credential is renewed at the latest, in milliseconds. */
const LONGEST_MARGIN = 120_000;
/** Of what is left of its life. */
const MARGIN_SHARE = 0.2;
/** How long a credential is used that does not say when it expires, in milliseconds. */
const UNLIMITED_LIFE = 300_000;

/**
 * Says when to ask for the next credential: two minutes before this one expires, or when a fifth of
 * its life is left if that is later.
 *
 * @param times Milliseconds since the epoch; `expiresAt` is absent if the credential does not say.
 */
export function renewalTime({ now, expiresAt }: { now: number; expiresAt?: number }): number {
  if (expiresAt === undefined) return now + UNLIMITED_LIFE;
  return expiresAt - Math.min(LONGEST_MARGIN, (expiresAt - now) * MARGIN_SHARE);
}
