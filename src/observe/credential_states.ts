import { statedExpiry } from "../policy/inject.ts";
import type { PartState } from "../policy/live_credential.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { RuleState, SecretState } from "./metric_sources.ts";

/** Whether the rules of one set have their credentials, and how old those are. */
export class CredentialStates {
  readonly #rules: readonly Rule[];
  /** Those that are there from the start, or never. */
  readonly #fixed = new Map<string, SecretState>();

  constructor({ rules }: Pick<RuleSet, "rules">) {
    this.#rules = rules;
    for (const { variables, injection } of rules) {
      for (const { name, source } of variables) {
        this.#fixed.set(name, { name, isAvailable: source !== undefined });
      }
      for (const credential of injection?.credentials ?? []) {
        const { name } = credential.secret;
        if (!this.#fixed.has(name)) continue;
        this.#fixed.set(name, { name, isAvailable: true, expiresAt: statedExpiry(credential) });
      }
    }
  }

  /** Of every rule. */
  *rules(): Iterable<RuleState> {
    for (const rule of this.#rules) yield { name: rule.name, isAvailable: isAvailable(rule) };
  }

  /** Of every secret, by the name of its variable; of what is in none, by the rule's. */
  secrets(): Iterable<SecretState> {
    const secrets = new Map(this.#fixed);
    for (const { name: rule, live } of this.#rules) {
      for (const { name = rule, expiresAt, renewal, ...part } of live?.states ?? []) {
        secrets.set(name, {
          ...{ name, expiresAt, isAvailable: mayBeHad({ ...part, renewal }) },
          ...(renewal === undefined ? {} : { renewal }),
        });
      }
    }
    return secrets.values();
  }
}

function isAvailable(rule: Rule): boolean {
  return credentialOf(rule).unavailable === undefined ||
    (rule.live !== undefined && rule.live.states.every(mayBeHad));
}

/** What has expired and is renewed when somebody asks for it is not missing. */
function mayBeHad({ isGood, renewal }: Pick<PartState, "isGood"> & {
  readonly renewal?: PartState["renewal"] | undefined;
}): boolean {
  return isGood || (renewal !== undefined && !renewal.isFailing);
}
