import { formatHostPattern, type HostPattern, matchesHost } from "../policy/host_pattern.ts";
import { RequestFilter } from "../policy/request_filter.ts";
import { RequestReading } from "../policy/request_reading.ts";
import type { Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";

/** A rule that a request might have been for, and why it is not for it. */
export interface Miss {
  readonly rule: string;
  readonly why: string;
}

export interface MissInput {
  readonly head: RequestHead;
  readonly pathAndQuery: string;
  readonly authority: Authority;
  readonly agent: string;
  readonly rules: RuleSet;
}

/** Finds the rules whose hosts are the request's or nearly so, the one that has it among them. */
export function missesOf({ rules, ...request }: MissInput): Miss[] {
  const active = rules.rules.flatMap((rule) => {
    const why = whyMissed(rule, request);
    return why === undefined ? [] : [{ rule: rule.name, why }];
  });
  const inactive = rules.inactive.flatMap(({ name, hosts, reason }) =>
    hosts.includes(request.authority.host)
      ? [{ rule: name, why: `it is not active: ${reason}` }]
      : []
  );
  return [...active, ...inactive];
}

function whyMissed(
  rule: Rule,
  { head, pathAndQuery, authority, agent }: Omit<MissInput, "rules">,
): string | undefined {
  const { host, port } = authority;
  const here = rule.hosts.filter((pattern) => matchesHost(pattern, host));
  if (here.length === 0) {
    const near = rule.hosts.find((pattern) => isNear(pattern, host));
    return near === undefined ? undefined : whyNotHost(near, host);
  }
  if (!here.some((pattern) => pattern.port === port)) {
    const ports = [...new Set(here.map((pattern) => pattern.port))].join(", ");
    return `it is for port ${ports}, the request for ${formatAuthority(authority)}`;
  }
  if (rule.agents !== undefined && !rule.agents.includes(agent)) {
    const who = agent === "" ? "who asks has not proved to be one" : `not ${agent}`;
    return `it is for ${rule.agents.join(", ")}; ${who}`;
  }
  return whyNotRequest(rule, new RequestReading(head, pathAndQuery)) ??
    "another one is more specific";
}

/** By the parts of the very filter that the rule is held to. */
function whyNotRequest(
  { methods, path, unless }: Rule,
  request: RequestReading,
): string | undefined {
  const misses = (conditions: Parameters<typeof RequestFilter.of>[0]) => {
    try {
      return RequestFilter.of(conditions)?.surelyMatches(request) === false;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return true;
    }
  };
  if (methods !== undefined && misses({ methods })) return `it is for ${methods.join(", ")} only`;
  if (path !== undefined && misses({ path })) {
    return `some server may read the path as one that is not ${path}`;
  }
  if (unless !== undefined && misses({ unless })) {
    const { query = [], headers = [] } = unless;
    const names = [...query.map((name) => `?${name}`), ...headers].join(", ");
    return `it leaves requests alone that have any of ${names}`;
  }
  return undefined;
}

/** Whether somebody may have meant one by the other. */
function isNear(pattern: HostPattern, host: string): boolean {
  return pattern.host === host || host.endsWith(pattern.host) || pattern.host.endsWith(`.${host}`);
}

function whyNotHost(pattern: HostPattern, host: string): string {
  const shown = formatHostPattern(pattern, { defaultPort: 443 });
  if (pattern.kind === "suffix" && pattern.host === host) {
    return `${shown} is for the hosts below ${host}, not for itself`;
  }
  if (pattern.kind === "exact" && host.endsWith(`.${pattern.host}`)) {
    return `${shown} is for that host alone, not for those below it`;
  }
  return `${host} is another host than ${shown}`;
}
