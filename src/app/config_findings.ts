import { X509Certificate } from "node:crypto";
import { caPaths } from "../ca/ca_paths.ts";
import { proxySecretNames } from "../config/read_upstream_proxy.ts";
import { EgressPolicy } from "../policy/egress_policy.ts";
import { secretNames } from "../policy/injection_template.ts";
import { formatHop } from "../policy/proxy_hop.ts";
import { parseCertificates } from "../secrets/certificates.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import { readSmallFile } from "../secrets/text_file.ts";
import { type Finding, ruleFindings } from "../services/rule_findings.ts";
import { isLoopback } from "../wire/loopback.ts";
import type { LoadedConfig } from "./policy.ts";

/** How long before its end a CA is said to be about to expire, in milliseconds. */
const SOON = 30 * 24 * 3_600_000;

/**
 * What a person should know of a configuration before it is run; what cannot be run is a problem and
 * not among it.
 *
 * @param options `now` is in milliseconds since the epoch.
 */
export function configFindings(loaded: LoadedConfig, { now }: { now: number }): Finding[] {
  const egress = new EgressPolicy(loaded.config.egress);
  const found = [
    ...ruleFindings(loaded.ruleSet, { egress, now }),
    ...loadNotes(loaded),
    ...unusedSecrets(loaded),
    ...access(loaded),
    ...openEgress(loaded),
    ...behindProxies(loaded),
    ...expiringCas(loaded, now),
  ];
  const order = ["error", "warning", "note"];
  return found.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

/** What the start would say, but for what simply works. */
function loadNotes({ notes, ruleSet }: LoadedConfig): Finding[] {
  const told = new Set(ruleSet.rules.map(({ name }) => name));
  return notes.filter(({ kind }) => kind !== "active")
    .filter(({ kind, subject }) => kind !== "nearly" || !told.has(subject))
    .map(({ subject, message }) => ({ level: "warning", subject, message }));
}

function unusedSecrets({ config, ruleSet }: LoadedConfig): Finding[] {
  const used = new Set([
    ...ruleSet.rules.flatMap(({ variables }) => variables.map(({ name }) => name)),
    ...config.fileRules.flatMap((rule) => secretNames({ ...rule, query: rule.query ?? [] })),
    ...[...config.services.values()].flatMap(({ secrets }) => Object.values(secrets)),
    ...config.clusters.flatMap(({ token }) => token ?? []),
    ...proxySecretNames(config.upstreamProxy),
  ]);
  return [...config.secrets.keys()].filter((name) => !used.has(name)).map((name) => ({
    level: "warning",
    subject: `secrets.${name}`,
    message: "no rule and no service asks for it: remove it, or name it where it is needed",
  }));
}

function access({ config, ruleSet }: LoadedConfig): Finding[] {
  const { listen, allowUnauthenticated, agents } = config;
  const found: Finding[] = [];
  if (!isLoopback(listen.hostname) && allowUnauthenticated) {
    const message = `whoever reaches ${listen.hostname}:${listen.port} uses the credentials: ` +
      "remove --allow-unauthenticated";
    found.push({ level: "warning", subject: "listen", message });
  }
  const named = new Set(agents.map(({ name }) => name));
  for (const { name, agents: forAgents = [] } of ruleSet.rules) {
    const unknown = forAgents.filter((agent) => !named.has(agent));
    if (unknown.length === 0) continue;
    const message = `${unknown.join(", ")} must be known by \`auth-proxy agent add\`: ` +
      "the configuration does not name them";
    found.push({ level: "note", subject: name, message });
  }
  return found;
}

function openEgress({ config: { egress }, ruleSet }: LoadedConfig): Finding[] {
  if (egress.default === "deny" && egress.mode === "enforce") return [];
  if (ruleSet.rules.length === 0) return [];
  const message = egress.default === "deny"
    ? "it is only reported: nothing is refused"
    : "clients may also go where no rule is: egress: { default: deny } closes that";
  return [{ level: "note", subject: "egress", message }];
}

/** Another proxy resolves names, out of sight of the address guard. */
function behindProxies({ proxies }: LoadedConfig): Finding[] {
  return proxies.hops.map((hop) => {
    const inClear = hop.login !== undefined && hop.scheme === "http" &&
      !isLoopback(hop.authority.host);
    return {
      level: "note",
      subject: hop.source,
      message: `services are reached through ${formatHop(hop)}, which resolves their names` +
        (inClear ? "; its password goes there in clear: use https:// if it has that" : ""),
    };
  });
}

/** Our own CA, and those that rules trust. */
function expiringCas({ config, ruleSet }: LoadedConfig, now: number): Finding[] {
  const own = readSmallFile(config.givenCa?.certificatePath ?? caPaths(config.caDir).certificate);
  const texts: [string, string][] = [
    ...("text" in own ? [["the proxy's CA", own.text] as [string, string]] : []),
    ...ruleSet.rules.flatMap(({ name, trustAnchors }): [string, string][] =>
      trustAnchors === undefined ? [] : [[name, trustAnchors]]
    ),
  ];
  return texts.flatMap(([subject, text]) => {
    const parsed = parseCertificates(text);
    if (!("certificates" in parsed)) return [];
    const ends = parsed.certificates.map((pem) => new X509Certificate(pem).validToDate.getTime());
    const last = Math.max(...ends);
    if (last - now > SOON) return [];
    const message = `its CA certificate expires on ${dateOf(last)}: renew it`;
    return [{ level: "warning" as const, subject, message }];
  });
}
