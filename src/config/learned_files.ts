import { Document, type Pair, Scalar, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { formatHost, parseHost } from "../wire/authority.ts";
import type { LearnedPolicy, SeenTraffic } from "../policy/learn.ts";

/**
 * Writes a learned policy as a section of the configuration file; what was refused, and what it cannot
 * allow, as comments. Nothing that a client sent can be more in it than a text.
 */
export function learnedPolicyText(
  { entries, leftOut }: LearnedPolicy,
  { refused }: { refused: readonly string[] },
): string {
  const allow = entries.map(({ host, ...rest }) => ({ host, ...rest }));
  const document = new Document({ egress: { default: "deny", rule_hosts: "listed", allow } });
  const list = document.getIn(["egress", "allow"]) as YAMLSeq<YAMLMap<Scalar, Pair>>;
  for (const entry of list.items) entry.flow = true;
  const comments = [
    ...leftOut.map((seen) => `not allowed, as its path can be read in two ways: ${titleOf(seen)}`),
    ...refused.map((line) => `was refused: ${line}`),
  ];
  if (comments.length > 0) {
    document.comment = comments.map((line) => ` ${printable(line)}`).join("\n");
  }
  return document.toString({ lineWidth: 0 });
}

/** Writes what was seen as expectations for `auth-proxy test`. */
export function learnedFixturesText(
  traffic: readonly SeenTraffic[],
  { leftOut }: Pick<LearnedPolicy, "leftOut">,
): string {
  const known = new Set<string>();
  const fixtures = traffic.filter((seen) => !leftOut.includes(seen)).flatMap((seen) => {
    const title = titleOf(seen);
    const id = JSON.stringify([title, seen.agent]);
    if (known.has(id)) return [];
    known.add(id);
    return [{
      request: title,
      ...(seen.agent === "" ? {} : { agent: seen.agent }),
      expect: { decision: seen.request === undefined ? "tunnel" : "allow" },
    }];
  });
  return stringify(fixtures, { lineWidth: 0 });
}

/** `GET https://api.github.com/user`. */
function titleOf({ host, port, request }: SeenTraffic): string {
  const scheme = port === 80 ? "http" : "https";
  const isDefault = port === (scheme === "http" ? 80 : 443);
  const authority = `${formatHost(parseHost(host))}${isDefault ? "" : `:${port}`}`;
  return `${request?.method ?? "GET"} ${scheme}://${authority}${request?.path ?? "/"}`;
}

/** A comment ends with its line. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
