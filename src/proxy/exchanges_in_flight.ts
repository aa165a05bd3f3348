import { ProxyError } from "../errors.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import type { Route } from "./route.ts";

/** What is under way with a credential, from before its service is connected to until its end. */
export interface ExchangeInFlight {
  readonly route: Route;
  /** Cuts it, on both sides. */
  cut(reason: ProxyError): void;
}

/**
 * All exchanges that carry a credential, tunnels that were switched to another protocol among them.
 * Under a new rule set they go on, unless their credential is not granted to them any more.
 */
export class ExchangesInFlight {
  readonly #exchanges = new Set<ExchangeInFlight>();
  #rules: RuleSet | undefined;

  /**
   * Remembers an exchange until {@linkcode remove}. One whose credential was revoked while it waited
   * is cut at once.
   */
  add(exchange: ExchangeInFlight, rules: RuleSet): void {
    this.#exchanges.add(exchange);
    if (this.#rules !== undefined && rules !== this.#rules) {
      this.#cutIfRevoked(exchange, this.#rules);
    }
  }

  remove(exchange: ExchangeInFlight): void {
    this.#exchanges.delete(exchange);
  }

  /**
   * Puts other rules in force.
   *
   * @returns How many exchanges were cut.
   */
  holdTo(rules: RuleSet): number {
    this.#rules = rules;
    let cut = 0;
    for (const exchange of [...this.#exchanges]) {
      if (this.#cutIfRevoked(exchange, rules)) cut++;
    }
    return cut;
  }

  #cutIfRevoked(exchange: ExchangeInFlight, rules: RuleSet): boolean {
    const { rule } = exchange.route;
    if (rule === undefined || isGranted(rule, { route: exchange.route, rules })) return false;
    exchange.cut(
      new ProxyError("credential_unavailable", `The credential of rule ${rule.name} was revoked`),
    );
    return true;
  }
}

/** Whether a rule of that name still gives the same secrets to that destination and agent. */
function isGranted(
  { name, variables }: Rule,
  { route: { authority, agent }, rules }: { route: Route; rules: RuleSet },
): boolean {
  const { conditional, otherwise } = rules.candidates(authority, agent);
  return [...conditional.map(({ rule }) => rule), ...otherwise === undefined ? [] : [otherwise]]
    .some((rule) => {
      if (rule.name !== name) return false;
      // What fails for a moment has not been revoked.
      if (rule.live === undefined && credentialOf(rule).unavailable !== undefined) return false;
      return variables.every((variable) =>
        rule.variables.some((other) => other.name === variable.name)
      );
    });
}
