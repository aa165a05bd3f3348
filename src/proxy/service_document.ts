import { nameOfDescription } from "../policy/credential_format.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";

/**
 * Describes to an agent what it can use, and where it finds the rest.
 *
 * @param options `proxy` is what the client calls us by, `agent` who it is (empty: nobody in particular).
 */
export function serviceDocument(
  rules: readonly Rule[],
  { proxy, prefix, agent }: { proxy: string; prefix: string; agent: string },
) {
  const base = `http://${proxy}${prefix}`;
  return {
    name: "auth-proxy",
    proxy: `http://${proxy}`,
    agent: agent === "" ? null : agent,
    note:
      "Requests to these hosts get their credential from this proxy: send none, or a placeholder.",
    services: rules
      .filter(({ agents }) => agents === undefined || agents.includes(agent))
      .map(describeService),
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
