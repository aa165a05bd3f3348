import { parseHost } from "../wire/authority.ts";
import { EgressPolicy, openEgress } from "./egress_policy.ts";
import { parseHostFilter } from "./host_filter.ts";
import { parsePathPattern } from "./path_pattern.ts";
import { RequestReading } from "./request_reading.ts";
import type { RequestHead } from "../wire/http1_head.ts";

/** A request, or a tunnel that was passed on unread, that was seen to be let through. */
export interface SeenTraffic {
  readonly host: string;
  readonly port: number;
  /** Empty for who has proved nothing. */
  readonly agent: string;
  /** Absent for a tunnel. */
  readonly request?: { readonly method: string; readonly path: string };
}

/** An entry of the learned policy. */
export interface LearnedEntry {
  readonly host: string;
  readonly port: number;
  readonly methods?: readonly string[];
  readonly path?: string;
  /** Absent if all traffic was of nobody in particular. */
  readonly agents?: readonly string[];
}

/** The least policy that allows what was seen, and what it cannot allow without allowing more. */
export interface LearnedPolicy {
  readonly entries: readonly LearnedEntry[];
  readonly leftOut: readonly SeenTraffic[];
}

/** So many different segments at one place stand for any. */
const MANY = 8;

/**
 * Learns the least egress policy from traffic: hosts, ports, methods and paths. What looks like an
 * identifier in a path becomes `*`, and so does what has many values; what is deeper than `depth`
 * segments becomes `**`.
 *
 * @param headOf Makes a request head, by which the policy is then held against what was seen.
 */
export function learnPolicy(
  traffic: readonly SeenTraffic[],
  { depth, headOf }: {
    depth: number;
    headOf: (method: string) => Pick<RequestHead, "method" | "fields">;
  },
): LearnedPolicy {
  const leftOut = new Set<SeenTraffic>();
  for (;;) {
    const learnable = traffic.filter((seen) => !leftOut.has(seen));
    const entries = entriesOf(learnable, depth);
    const policy = policyOf(entries);
    const refused = learnable.filter((seen) => !allows(policy, seen, headOf));
    if (refused.length === 0) {
      return { entries, leftOut: traffic.filter((seen) => leftOut.has(seen)) };
    }
    // Learned from again without these: what is left out must not have opened anything either.
    for (const seen of refused) leftOut.add(seen);
  }
}

function entriesOf(traffic: readonly SeenTraffic[], depth: number): readonly LearnedEntry[] {
  const byPlace = Map.groupBy(
    traffic,
    ({ host, port, agent }) => JSON.stringify([host, port, agent]),
  );
  const entries: LearnedEntry[] = [];
  for (const seen of byPlace.values()) {
    const [first] = seen;
    if (first === undefined) continue;
    const place = {
      host: first.host,
      port: first.port,
      ...(first.agent === "" ? {} : { agents: [first.agent] }),
    };
    if (seen.some(({ request }) => request === undefined)) {
      entries.push(place);
      continue;
    }
    const known = patternsOf(seen, depth);
    const learned = [...known].map(([path, methods]): LearnedEntry => ({
      ...place,
      methods: [...methods].sort(),
      path,
    })).sort((a, b) => (a.path ?? "").localeCompare(b.path ?? ""));
    entries.push(...learned);
  }
  return sharedByAgents(entries);
}

/** Path patterns, and the methods that each was seen with. */
function patternsOf(seen: readonly SeenTraffic[], depth: number): Map<string, Set<string>> {
  const paths = seen.flatMap(({ request }) => request === undefined ? [] : [request]);
  const split = paths.map(({ method, path }) => ({
    method,
    segments: path.split("/").slice(1).map(generalised),
  }));
  for (let level = 0; level < depth; level++) {
    const children = new Map<string, Set<string>>();
    const parentOf = (segments: readonly string[]) => segments.slice(0, level).join("/");
    for (const { segments } of split) {
      const [segment] = segments.slice(level, level + 1);
      if (segment === undefined || segments.length <= level) continue;
      const known = children.get(parentOf(segments)) ?? new Set();
      children.set(parentOf(segments), known.add(segment));
    }
    for (const { segments } of split) {
      const many = (children.get(parentOf(segments))?.size ?? 0) > MANY;
      if (many && segments.length > level && segments[level] !== "") segments[level] = "*";
    }
  }
  const patterns = new Map<string, Set<string>>();
  for (const { method, segments } of split) {
    const kept = segments.length > depth ? [...segments.slice(0, depth), "**"] : segments;
    const pattern = `/${kept.join("/")}`;
    // One with an empty segment in it: some servers read it as another path.
    if (!isPattern(pattern)) continue;
    patterns.set(pattern, (patterns.get(pattern) ?? new Set()).add(method));
  }
  return patterns;
}

/** A segment as it stands, or `*` for an identifier and for what a pattern cannot say. */
function generalised(segment: string, index: number, all: readonly string[]): string {
  if (segment === "" && index === all.length - 1) return "";
  if (segment === "**") return "*";
  if (/^\d+$/.test(segment) || /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(segment)) return "*";
  if (/^[0-9a-f]{7,}$/i.test(segment) && /\d/.test(segment)) return "*";
  if (/^[A-Za-z0-9_-]{20,}$/.test(segment) && /\d/.test(segment)) return "*";
  return isPattern(`/${segment}`) ? segment : "*";
}

function isPattern(text: string): boolean {
  try {
    parsePathPattern(text);
    return true;
  } catch {
    return false;
  }
}

function policyOf(entries: readonly LearnedEntry[]): EgressPolicy {
  return new EgressPolicy({
    ...openEgress,
    default: "deny",
    ruleHosts: "listed",
    allow: entries.map((entry) => ({
      ...entry,
      host: parseHostFilter(entry.host),
      place: "learned",
    })),
  });
}

/** Whether a policy, as the proxy holds requests to it, allows what was seen. */
function allows(
  policy: EgressPolicy,
  { host, port, agent, request }: SeenTraffic,
  headOf: (method: string) => Pick<RequestHead, "method" | "fields">,
): boolean {
  if (request === undefined) return true;
  const at = policy.at({ authority: { ...parseHost(host), port }, agent });
  try {
    const reading = new RequestReading(headOf(request.method), request.path);
    return at.byRequest(reading, { hasRule: true }).allow;
  } catch {
    return false;
  }
}

/** Entries that are the same but for the agent become one for all of them. */
function sharedByAgents(entries: readonly LearnedEntry[]): LearnedEntry[] {
  const groups = Map.groupBy(entries, ({ agents: _, ...rest }) => JSON.stringify(rest));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.some(({ agents }) => agents === undefined)) {
      const { agents: _, ...everyone } = first;
      return [everyone];
    }
    return [{ ...first, agents: group.flatMap(({ agents }) => agents ?? []).sort() }];
  });
}
