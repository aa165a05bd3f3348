import type { RuleSet } from "../policy/rule_set.ts";
import type { MetricNames } from "./metrics.ts";

/** What may stand in labels: the names of the rules, their variables, and the agents. */
export function metricNames({ rules }: RuleSet, agents: readonly { name: string }[]): MetricNames {
  const variables = rules.flatMap((rule) => rule.variables.map(({ name }) => name));
  return {
    rules: rules.map(({ name }) => name),
    agents: agents.map(({ name }) => name),
    secrets: variables,
    placeholders: variables,
  };
}
