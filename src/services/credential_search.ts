import { credentialPatterns } from "../policy/inject.ts";
import { PatternSet, SHORTEST_PATTERN } from "../policy/pattern_set.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { StartupNote } from "./draft.ts";

/**
 * What must not come back from any service: the credentials of all rules.
 *
 * @returns What to look for, and a note about each credential that cannot be.
 */
export function credentialSearch(
  { rules }: RuleSet,
): { patterns: PatternSet; notes: StartupNote[] } {
  const credentials = rules.flatMap(({ injection }) => injection?.credentials ?? []);
  const { patterns, tooShort } = credentialPatterns(credentials);
  const notes = tooShort.map((subject): StartupNote => ({
    kind: "notice",
    subject,
    message: `its value has fewer than ${SHORTEST_PATTERN} characters, so it is not recognised ` +
      "where a service sends it back: use a longer one",
  }));
  return { patterns: new PatternSet(patterns), notes };
}
