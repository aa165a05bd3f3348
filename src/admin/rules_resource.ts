import type { Hono } from "hono";
import { type FieldDescription, nameOfDescription } from "../policy/credential_format.ts";
import { credentialExpiry } from "../policy/credential_expiry.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { credentialOf, type InactiveRule, type Rule } from "../policy/rule.ts";
import type { Unless } from "../policy/request_filter.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { textTable } from "./text_table.ts";
import { wantsText } from "./wants_text.ts";

/** Adds `GET /admin/rules`. */
export function addRulesResource(app: Hono, rules: () => RuleSet): void {
  app.get("/admin/rules", (c) => {
    const { rules: active, inactive } = rules();
    const descriptions = [...active.map(describeRule), ...inactive.map(describeInactive)];
    return wantsText(c) ? c.text(rulesTable(descriptions)) : c.json({ rules: descriptions });
  });
}

interface RuleDescription {
  readonly name: string;
  readonly service?: string;
  readonly state: "active" | "unavailable" | "inactive";
  readonly reason?: string;
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  readonly paths: readonly string[];
  /** Requests with one of these are left alone. */
  readonly unless?: Unless;
  /** Absent: all. */
  readonly methods?: readonly string[];
  /** Absent: everyone. */
  readonly agents?: readonly string[];
  readonly denies: readonly { readonly name: string; readonly requests: readonly string[] }[];
  readonly inject: readonly FieldDescription[];
  readonly variables: readonly { readonly name: string; readonly source?: string }[];
  readonly source: string;
  readonly trust: string;
  /** What its service is shown in the handshake, but for the key. */
  readonly clientCertificate?: { readonly subject: string; readonly expires: string };
  /** When its credential ends, if it says so. */
  readonly expires?: string;
  /** Whether the proxy has its credential renewed by itself. */
  readonly renews?: boolean;
  /** What its service's certificate must be for, if that is not the host. */
  readonly serverName?: string;
}

function describeRule(rule: Rule): RuleDescription {
  const { unavailable, clientCertificate } = credentialOf(rule);
  const { expiresAt, renews } = credentialExpiry(rule);
  return {
    name: rule.name,
    ...(rule.service === undefined ? {} : { service: rule.service }),
    state: unavailable === undefined ? "active" : "unavailable",
    ...(unavailable === undefined ? {} : { reason: unavailable }),
    hosts: rule.hosts.map((pattern) => formatHostPattern(pattern)),
    ports: [...new Set(rule.hosts.map(({ port }) => port))],
    paths: [rule.path ?? "/**"],
    ...(rule.unless === undefined ? {} : { unless: rule.unless }),
    ...(rule.methods === undefined ? {} : { methods: rule.methods }),
    ...(rule.agents === undefined ? {} : { agents: rule.agents }),
    denies: (rule.deniedEndpoints?.endpoints ?? []).map(({ name, requests }) => ({
      name,
      requests,
    })),
    inject: rule.fields,
    variables: rule.variables,
    source: rule.source,
    trust: rule.trustAnchors === undefined
      ? "default roots"
      : `only ${rule.trustAnchorsSource ?? "its own CA"}`,
    ...(clientCertificate === undefined ? {} : {
      clientCertificate: {
        subject: clientCertificate.subject,
        expires: new Date(clientCertificate.notAfter).toISOString(),
      },
    }),
    ...(expiresAt === undefined ? {} : { expires: new Date(expiresAt).toISOString() }),
    ...(renews ? { renews } : {}),
    ...(rule.serverName === undefined ? {} : { serverName: rule.serverName }),
  };
}

function describeInactive(rule: InactiveRule): RuleDescription {
  return {
    name: rule.name,
    ...(rule.service === undefined ? {} : { service: rule.service }),
    state: "inactive",
    reason: rule.reason,
    hosts: rule.hosts,
    ports: [],
    paths: ["/**"],
    denies: [],
    inject: rule.fields,
    variables: rule.variables.map((name) => ({ name })),
    source: "catalogue",
    trust: "default roots",
  };
}

function rulesTable(rules: readonly RuleDescription[]): string {
  return textTable([
    ["RULE", "STATE", "HOSTS", "ONLY", "INJECTS", "VARIABLES", "DENIES", "REASON"],
    ...rules.map((rule) => [
      rule.name,
      rule.state,
      rule.hosts.join(" "),
      conditionsText(rule),
      [
        ...rule.inject.map((each) => `${nameOfDescription(each)}: ${each.format}`),
        ...(rule.clientCertificate === undefined
          ? []
          : [`client certificate ${rule.clientCertificate.subject}`]),
      ].join("; "),
      rule.variables.map(({ name, source }) => source === undefined ? name : `${name} (${source})`)
        .join(" "),
      rule.denies.map(({ name }) => name).join(" "),
      rule.reason ?? "",
    ]),
  ]);
}

/** What a rule is restricted to: `GET POST /orgA/** for ci`. */
function conditionsText({ paths, methods, agents, unless }: RuleDescription): string {
  const { query = [], headers = [] } = unless ?? {};
  const left = [...query.map((name) => `?${name}`), ...headers];
  return [
    ...methods ?? [],
    ...paths.filter((path) => path !== "/**"),
    ...(agents === undefined ? [] : ["for", ...agents]),
    ...(left.length === 0 ? [] : ["unless", ...left]),
  ].join(" ");
}
