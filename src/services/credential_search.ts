import { type Credential, credentialPatterns } from "../policy/inject.ts";
import { PatternSet, SHORTEST_PATTERN } from "../policy/pattern_set.ts";
import type { PatternSource } from "../policy/redact.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { StartupNote } from "./draft.ts";

/** So many former values of one secret must not come back either: a service may have stored them. */
const REMEMBERED = 3;

/**
 * What must not come back from any service: the credentials of all rules, also those that change, and
 * those that were in force before.
 */
export class CredentialSearch implements PatternSource {
  readonly #rules: RuleSet;
  readonly #others: readonly Credential[];
  readonly #live: readonly { readonly recent: readonly Credential[] }[];
  /** Of the rule sets before this one; the youngest first. */
  readonly #former: readonly Credential[];
  #recent: readonly (readonly Credential[])[] = [];
  #patterns = new PatternSet([]);
  #tooShort: readonly string[] = [];

  /** @param options `before` is what was searched for until now; `others` are no rule's. */
  constructor(
    rules: RuleSet,
    { before, others = [] }: {
      before?: CredentialSearch | undefined;
      others?: readonly Credential[];
    } = {},
  ) {
    this.#rules = rules;
    this.#others = others;
    this.#former = before === undefined ? [] : CredentialSearch.#formerOf(before, this.#fixed);
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

  get #fixed(): readonly Credential[] {
    const ofRules = this.#rules.rules.flatMap(({ injection }) => injection?.credentials ?? []);
    return [...ofRules, ...this.#others];
  }

  /** Everything that is searched for. */
  get #all(): readonly Credential[] {
    return [...this.#fixed, ...this.#live.flatMap(({ recent }) => recent), ...this.#former];
  }

  /** What is searched for, but for what is in force under the next rules. */
  static #formerOf(before: CredentialSearch, next: readonly Credential[]): readonly Credential[] {
    const current = Map.groupBy(next, ({ secret }) => secret.name);
    const former = new Map<string, Credential[]>();
    for (const credential of before.#all) {
      const { secret, format } = credential;
      const kept = former.get(secret.name) ?? [];
      const isKnown = [...current.get(secret.name) ?? [], ...kept].some((other) =>
        other.secret.equals(secret) && other.format.kind === format.kind
      );
      if (isKnown || kept.length >= REMEMBERED) continue;
      kept.push(credential);
      former.set(secret.name, kept);
    }
    return [...former.values()].flat();
  }

  #search(recent: readonly (readonly Credential[])[]): void {
    this.#recent = recent;
    const { patterns, tooShort } = credentialPatterns(this.#all);
    this.#patterns = new PatternSet(patterns);
    this.#tooShort = tooShort;
  }
}
