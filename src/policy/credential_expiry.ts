import { statedExpiry } from "./inject.ts";
import { credentialOf, type Rule } from "./rule.ts";

/** When a credential ends. */
export interface CredentialExpiry {
  /** The first of its parts to do so, milliseconds since the epoch; absent if none says. */
  readonly expiresAt?: number;
  /** Whether the proxy has each part that ends renewed by itself. */
  readonly renews: boolean;
}

/** When a rule's credential ends, as far as it says; a part that has ended is not looked at. */
export function credentialExpiry(rule: Rule): CredentialExpiry {
  if (rule.live !== undefined) {
    const { states } = rule.live;
    const renews = states.every(({ expiresAt, renewal }) =>
      expiresAt === undefined || renewal !== undefined
    );
    const ends = states.flatMap(({ isGood, expiresAt }) => isGood ? expiresAt ?? [] : []);
    return { ...firstOf(ends), renews };
  }
  const { credentials = [] } = credentialOf(rule).injection ?? {};
  return { ...firstOf(credentials.flatMap((each) => statedExpiry(each) ?? [])), renews: false };
}

function firstOf(ends: readonly number[]): { expiresAt?: number } {
  return ends.length === 0 ? {} : { expiresAt: Math.min(...ends) };
}
