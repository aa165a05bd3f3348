import type { RuleSet } from "../policy/rule_set.ts";
import { makePlaceholders } from "../services/placeholders.ts";

/** What clients are given in the place of each credential, by its variable. */
export function placeholdersFor({ rules }: RuleSet, key: string): ReadonlyMap<string, string> {
  const variables = rules.flatMap((rule) => rule.variables.map(({ name }) => name));
  return makePlaceholders(new Set(variables), key);
}
