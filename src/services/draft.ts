import type { InactiveRule, Rule } from "../policy/rule.ts";
import type { Problem } from "../secrets/problem.ts";

/** What start-up tells a person about one service. */
export interface StartupNote {
  /**
   * `active`: it works, with which variable from where. `nearly`: something is set, but a variable
   * is missing. `notice`: it works otherwise than one might expect.
   */
  readonly kind: "active" | "nearly" | "notice";
  /** The service or rule. */
  readonly subject: string;
  /** One line, without the subject; never a secret. */
  readonly message: string;
}

/** What one family of services contributes to a rule set. */
export interface RuleDraft {
  readonly rules: Rule[];
  readonly inactive: InactiveRule[];
  readonly notes: StartupNote[];
  readonly problems: Problem[];
}

export function newDraft(): RuleDraft {
  return { rules: [], inactive: [], notes: [], problems: [] };
}

/** Puts drafts together, in their order. */
export function joinDrafts(drafts: readonly RuleDraft[]): RuleDraft {
  return {
    rules: drafts.flatMap(({ rules }) => rules),
    inactive: drafts.flatMap(({ inactive }) => inactive),
    notes: drafts.flatMap(({ notes }) => notes),
    problems: drafts.flatMap(({ problems }) => problems),
  };
}
