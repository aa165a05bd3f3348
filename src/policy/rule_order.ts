import { comparePathPatterns, pathPatternsOverlap } from "./path_order.ts";
import type { Rule } from "./rule.ts";

/** What of a rule says which requests it is for, its hosts aside. */
export type RuleConditions = Pick<Rule, "methods" | "path" | "agents" | "unless">;

/** Whether the rule is for every request to its hosts, whoever makes it. */
export function isUnconditional({ methods, path, agents, unless }: RuleConditions): boolean {
  return methods === undefined && path === undefined && agents === undefined &&
    unless === undefined;
}

/**
 * Says which of two rules for one host pattern is the more specific one: by path first, then by
 * methods, then by agents; in each, one that names some comes before one that is for all.
 *
 * @returns Less than 0 if `a` is more specific, more than 0 if `b` is, 0 if neither.
 */
export function compareRules(a: RuleConditions, b: RuleConditions): number {
  return comparePathPatterns(a.path, b.path) ||
    unnamed(a.methods) - unnamed(b.methods) ||
    unnamed(a.agents) - unnamed(b.agents);
}

/** Whether some request to one host is for both rules and neither is more specific: a tie. */
export function rulesTie(a: RuleConditions, b: RuleConditions): boolean {
  return compareRules(a, b) === 0 && shareOne(a.agents, b.agents) &&
    shareOne(a.methods, b.methods) && pathPatternsOverlap(a.path, b.path);
}

function unnamed(list: readonly string[] | undefined): number {
  return list === undefined ? 1 : 0;
}

function shareOne(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((each) => b.includes(each));
}
