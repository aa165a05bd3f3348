import { nameOfDescription } from "../policy/credential_format.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import type { ProxyContext } from "./context.ts";

/** What an agent may know of. */
type Known = Pick<ProxyContext, "rules" | "placeholders">;

function rulesFor({ rules: { rules } }: Known, agent: string): readonly Rule[] {
  return rules.filter(({ agents }) => agents === undefined || agents.includes(agent));
}

/**
 * Describes to an agent what it can use, and where it finds the rest.
 *
 * @param options `proxy` is what the client calls us by, `agent` who it is (empty: nobody in particular).
 */
export function serviceDocument(
  known: Known,
  { proxy, prefix, agent }: { proxy: string; prefix: string; agent: string },
) {
  const rules = rulesFor(known, agent);
  const base = `http://${proxy}${prefix}`;
  return {
    name: "auth-proxy",
    proxy: `http://${proxy}`,
    agent: agent === "" ? null : agent,
    note:
      "Requests to these hosts get their credential from this proxy: send none, or a placeholder.",
    services: rules.map(describeService),
    placeholders: Object.fromEntries(placeholdersOf(rules, known)),
    ca: `${base}/ca.pem`,
    ca_bundle: `${base}/ca-bundle.pem`,
    truststore: `${base}/truststore.p12`,
    proxy_auto_config: `${base}/proxy.pac`,
    doctor: `${base}/doctor.sh`,
    probe: `https://HOST${prefix}/probe/PATH`,
  };
}

function describeService(rule: Rule) {
  const { unavailable } = credentialOf(rule);
  return {
    rule: rule.name,
    hosts: rule.hosts.map((pattern) => formatHostPattern(pattern)),
    ...(rule.path === undefined ? {} : { path: rule.path }),
    ...(rule.methods === undefined ? {} : { methods: rule.methods }),
    injects: rule.fields.map(nameOfDescription),
    variables: rule.variables.map(({ name }) => name),
    state: unavailable === undefined ? "available" : "unavailable",
    ...(unavailable === undefined ? {} : { reason: unavailable }),
  };
}

/** What stands in the place of the credentials of these rules. */
function placeholdersOf(
  rules: readonly Rule[],
  { placeholders }: Known,
): (readonly [string, string])[] {
  const names = new Set(rules.flatMap(({ variables }) => variables.map(({ name }) => name)));
  return [...names].sort().flatMap((name) => {
    const value = placeholders.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
}

/**
 * The same, in lines that a shell can read: `service RULE HOST PORT PATH STATE`, where a wildcard has no
 * host that could be asked and is left out; `placeholder VARIABLE VALUE`.
 */
export function serviceLines(known: Known, agent: string): string {
  const rules = rulesFor(known, agent);
  const services = rules.flatMap((rule) =>
    rule.hosts.filter(({ kind }) => kind === "exact").map(({ host, port }) => {
      const state = credentialOf(rule).unavailable === undefined ? "available" : "unavailable";
      return `service ${rule.name.replaceAll(" ", "_")} ${host} ${port} ${
        samplePath(rule)
      } ${state}`;
    })
  );
  const placeholders = placeholdersOf(rules, known).map(([name, value]) =>
    `placeholder ${name} ${value}`
  );
  return [...services, ...placeholders].map((line) => `${line}\n`).join("");
}

/** A path that the rule is for. */
function samplePath({ path = "/" }: Rule): string {
  return path.replaceAll("**", "x").replaceAll("*", "x");
}
