import type { Authority } from "../wire/authority.ts";
import { type HostFilter, matchesHostFilter } from "./host_filter.ts";

/** Where credentials are looked for in what comes back. Without settings: wherever a rule is. */
export interface RedactionSettings {
  /** Hosts whose responses are passed on unread. */
  readonly off: readonly HostFilter[];
  /** Hosts that may be asked for parts of a representation. */
  readonly allowRange: readonly HostFilter[];
}

/** What is done about credentials in the responses of one destination. */
export interface RedactionScope {
  readonly redacts: boolean;
  /** With ranges, a credential could be fetched in parts, none of which is recognised. */
  readonly allowsRange: boolean;
}

export const everyRule: RedactionSettings = { off: [], allowRange: [] };

/** Responses are passed on unread. */
export const unsearched: RedactionScope = { redacts: false, allowsRange: true };

/** Decides what is done at a destination. Where no rule is, no credential has gone. */
export function redactionScope(
  authority: Authority,
  { hasRules, settings }: { hasRules: boolean; settings: RedactionSettings },
): RedactionScope {
  const isIn = (filters: readonly HostFilter[]) =>
    filters.some((filter) => matchesHostFilter(filter, authority));
  if (!hasRules || isIn(settings.off)) return unsearched;
  return { redacts: true, allowsRange: isIn(settings.allowRange) };
}
