import type { RuleSet } from "../policy/rule_set.ts";
import type { MetricNames } from "./metrics.ts";

/** What may stand in labels: the names of the rules, and their variables. */
export function metricNames({ rules }: RuleSet): MetricNames {
  const variables = rules.flatMap((rule) => rule.variables.map(({ name }) => name));
  return {
    rules: rules.map(({ name }) => name),
    secrets: variables,
    placeholders: variables,
  };
}
