import type { Log } from "../observe/log.ts";
import type { RuleSet } from "../policy/rule_set.ts";

/**
 * Has what becomes of changing credentials logged, and those that are not there yet obtained, so that
 * what is wrong with them is known at once and not with the first request.
 */
export function watchCredentials({ rules }: Pick<RuleSet, "rules">, log: Log): void {
  for (const live of new Set(rules.flatMap((rule) => rule.live ?? []))) {
    live.onOutcome(({ title: credential, failure }) => {
      if (failure === undefined) log.info("credential renewed", { credential });
      else log.error("credential not renewed", { credential, reason: failure });
    });
    void live.renew();
  }
}
