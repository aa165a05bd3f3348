import { join } from "node:path";
import { openGeneratedToken } from "../ca/token_file.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { makePlaceholders } from "../services/placeholders.ts";

/** What clients are given in the place of each credential, by its variable. */
export async function placeholdersFor(
  { rules }: RuleSet,
  privateFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const variables = rules.flatMap((rule) => rule.variables.map(({ name }) => name));
  const key = await openGeneratedToken(join(privateFolder, "placeholder-key"));
  return makePlaceholders(new Set(variables), key);
}
