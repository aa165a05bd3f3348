import { type Credential, credentialPatterns } from "../policy/inject.ts";
import { PatternSet, SHORTEST_PATTERN } from "../policy/pattern_set.ts";
import type { PatternSource } from "../policy/redact.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { StartupNote } from "./draft.ts";

/** What must not come back from any service: the credentials of all rules, also those that change. */
export class CredentialSearch implements PatternSource {
  readonly #rules: RuleSet;
  readonly #live: readonly { readonly recent: readonly Credential[] }[];
  #recent: readonly (readonly Credential[])[] = [];
  #patterns = new PatternSet([]);
  #tooShort: readonly string[] = [];

  constructor(rules: RuleSet) {
    this.#rules = rules;
    this.#live = [...new Set(rules.rules.flatMap(({ live }) => live ?? []))];
    this.#search(this.#live.map(({ recent }) => recent));
  }

  /** What to look for at this moment. */
  get patterns(): PatternSet {
    if (this.#live.some(({ recent }, index) => recent !== this.#recent[index])) {
      this.#search(this.#live.map(({ recent }) => recent));
    }
    return this.#patterns;
  }

  /** A note about each credential that cannot be looked for. */
  get notes(): readonly StartupNote[] {
    return this.#tooShort.map((subject): StartupNote => ({
      kind: "notice",
      subject,
      message: `its value has fewer than ${SHORTEST_PATTERN} characters, so it is not recognised ` +
        "where a service sends it back: use a longer one",
    }));
  }

  #search(recent: readonly (readonly Credential[])[]): void {
    const fixed = this.#rules.rules.flatMap(({ injection }) => injection?.credentials ?? []);
    const { patterns, tooShort } = credentialPatterns([...fixed, ...recent.flat()]);
    this.#recent = recent;
    this.#patterns = new PatternSet(patterns);
    this.#tooShort = tooShort;
  }
}
