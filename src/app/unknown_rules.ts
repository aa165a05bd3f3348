import type { Config } from "../config/config.ts";
import { nearest } from "../config/nearest.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { Problem } from "../secrets/problem.ts";

/** Finds the limits that would limit nothing, as no rule has the name that they give. */
export function unknownRules(
  { rateLimits }: Pick<Config, "rateLimits">,
  rules: RuleSet,
): Problem[] {
  const names = [...rules.rules, ...rules.inactive].map(({ name }) => name);
  const active = rules.rules.map(({ name }) => name);
  return rateLimits.flatMap(({ rule, where = "rate_limits" }) => {
    if (rule === undefined || names.includes(rule)) return [];
    const meant = nearest(rule, active) ?? nearest(rule, names);
    const hint = meant !== undefined
      ? `did you mean ${meant}?`
      : active.length === 0
      ? "there are no rules"
      : `there are ${active.join(", ")}`;
    return [{ where, message: `Cannot limit this rule: no rule has this name; ${hint}` }];
  });
}
