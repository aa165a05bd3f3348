import type { Authority } from "../wire/authority.ts";
import { type HostFilter, matchesHostFilter } from "./host_filter.ts";

/** Where credentials are looked for in what comes back. Without settings: wherever one may have gone. */
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

/**
 * Decides what is done at a destination.
 *
 * @param options `hasCredentials`: one may have gone there, as a rule is for it.
 */
export function redactionScope(
  authority: Authority,
  { hasCredentials, settings }: { hasCredentials: boolean; settings: RedactionSettings },
): RedactionScope {
  const isIn = (filters: readonly HostFilter[]) =>
    filters.some((filter) => matchesHostFilter(filter, authority));
  if (!hasCredentials || isIn(settings.off)) return unsearched;
  return { redacts: true, allowsRange: isIn(settings.allowRange) };
}
