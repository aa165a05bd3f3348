import type { EgressPolicy } from "../policy/egress_policy.ts";
import { formatHostPattern, matchesHost } from "../policy/host_pattern.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import { statedExpiry } from "../policy/inject.ts";
import { isUnconditional } from "../policy/rule_order.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { parseHost } from "../wire/authority.ts";
import { dateOf } from "../secrets/client_certificate.ts";

/** Something about a configuration that a person should know before it is run. */
export interface Finding {
  /** `error`: some requests will be answered with 502. `warning`: it may not be what was meant. */
  readonly level: "error" | "warning" | "note";
  /** The rule, the file, the setting. */
  readonly subject: string;
  readonly message: string;
}

/** How long before its end something is said to be about to expire, in milliseconds. */
const SOON = 30 * 24 * 3_600_000;

/**
 * What there is to say about rules.
 *
 * @param options `now` is in milliseconds since the epoch.
 */
export function ruleFindings(
  { rules }: RuleSet,
  { egress, now }: { egress: EgressPolicy; now: number },
): Finding[] {
  return rules.flatMap((rule) => [
    ...unavailable(rule),
    ...wide(rule),
    ...outranked(rule, rules),
    ...denied(rule, egress),
    ...expiring(rule, now),
  ]);
}

function unavailable(rule: Rule): Finding[] {
  const reason = credentialOf(rule).unavailable;
  if (reason === undefined) return [];
  const hosts = rule.hosts.map((host) => formatHostPattern(host, { defaultPort: 443 })).join(", ");
  return [{ level: "error", subject: rule.name, message: `${reason}: ${hosts} answers 502` }];
}

/** A wildcard hands the credential to whoever gets a name below the domain. */
function wide(rule: Rule): Finding[] {
  return rule.hosts.filter(({ kind }) => kind === "suffix").map((host) => ({
    level: "warning" as const,
    subject: rule.name,
    message: `${formatHostPattern(host, { defaultPort: 443 })} is every host below ${host.host}, ` +
      "also one that does not exist yet: name hosts exactly if they are known",
  }));
}

/** A host of a wildcard that another rule has to itself. */
function outranked(rule: Rule, rules: readonly Rule[]): Finding[] {
  return rule.hosts.filter(({ kind }) => kind === "suffix").flatMap((wide) =>
    rules.filter((other) => other !== rule && isUnconditional(other)).flatMap((other) =>
      other.hosts.filter((host) =>
        host.kind === "exact" && host.port === wide.port && matchesHost(wide, host.host)
      ).map((host): Finding => ({
        level: "note",
        subject: rule.name,
        message: `at ${formatHostPattern(host, { defaultPort: 443 })} it never has a request: ` +
          `${other.name} (${other.source}) names that host itself`,
      }))
    )
  );
}

/** A rule all of whose hosts the egress policy denies. */
function denied(rule: Rule, egress: EgressPolicy): Finding[] {
  const agent = rule.agents?.[0] ?? "";
  const reasons = rule.hosts.map(({ host, port }) => {
    const at = egress.at({ authority: { ...parseHost(host), port }, agent });
    return at.deniedOutright ? at.byDestination({ hasRule: true }).reason : undefined;
  });
  const [first] = reasons;
  if (first === undefined || reasons.includes(undefined)) return [];
  return [{
    level: "warning",
    subject: rule.name,
    message: `it never has a request: ${first} denies all its hosts`,
  }];
}

/** What renews itself is not looked at. */
function expiring(rule: Rule, now: number): Finding[] {
  const { injection, clientCertificate } = credentialOf(rule);
  const ends: [string, number][] = rule.live === undefined
    ? (injection?.credentials ?? []).flatMap((credential): [string, number][] => {
      const end = statedExpiry(credential);
      return end === undefined ? [] : [[credential.secret.name, end]];
    })
    : [];
  if (clientCertificate !== undefined) {
    ends.push([`the client certificate ${clientCertificate.subject}`, clientCertificate.notAfter]);
  }
  return ends.filter(([, end]) => end - now <= SOON).map(([what, end]): Finding => ({
    level: "warning",
    subject: rule.name,
    message: `${what} ${end <= now ? "expired" : "expires"} on ${dateOf(end)}: renew it`,
  }));
}
