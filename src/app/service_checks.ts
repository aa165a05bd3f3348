import { formatHostPattern } from "../policy/host_pattern.ts";
import { credentialOf, type Rule } from "../policy/rule.ts";
import { Deadlines } from "../proxy/deadlines.ts";
import { OwnListeners } from "../proxy/own_listeners.ts";
import { RoutePlan } from "../proxy/route.ts";
import { asProxyError } from "../proxy/refusal.ts";
import { UpstreamCounts } from "../proxy/upstream_counts.ts";
import { PatternSet } from "../policy/pattern_set.ts";
import { type Authority, formatAuthority, parseHost } from "../wire/authority.ts";
import { checkClock } from "./clock_check.ts";
import { failed, type HealthCheck, isFine } from "./health_check.ts";
import { type LoadedConfig, makePolicy, type Policy } from "./policy.ts";

/** How long a service may take, in milliseconds. */
const PATIENCE = 10_000;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** What all checks of services share. */
interface CheckWorld {
  readonly policy: Policy;
  /** Takes the first service's word for what time it is. */
  readonly clock: { check: Promise<HealthCheck | undefined> | undefined };
}

/**
 * Finds out whether the services of all rules can be reached, and prove who they are: a connection and
 * a handshake, over which nothing is sent; but for one, which is asked what time it is.
 *
 * @param options `bundlePath` is our own bundle, which is no source of roots.
 */
export async function serviceChecks(
  loaded: LoadedConfig,
  { environment, bundlePath }: {
    environment: Readonly<Record<string, string>>;
    bundlePath: string;
  },
): Promise<HealthCheck[]> {
  const policy = await makePolicy(loaded, {
    world: {
      ...{ environment, bundlePath, log: quiet, placeholderKey: "" },
      ownListeners: new OwnListeners(),
      deadlines: new Deadlines(),
      upstreamCounts: new UpstreamCounts(),
      searched: { patterns: new PatternSet([]) },
    },
  });
  try {
    const world: CheckWorld = { policy, clock: { check: undefined } };
    const checks = await Promise.all(
      loaded.ruleSet.rules.map((rule) => checkRule(rule, world)),
    );
    const clock = await world.clock.check;
    return [...checks.flat(), ...(clock === undefined ? [] : [clock])];
  } finally {
    policy.parts.upstreams.close();
  }
}

async function checkRule(rule: Rule, world: CheckWorld): Promise<HealthCheck[]> {
  const { unavailable } = credentialOf(rule);
  const credential = unavailable === undefined ? [] : [failed(rule.name, {
    message: `it has no credential: ${unavailable}`,
    mend: `give it one, or remove the rule (${rule.source})`,
  })];
  const hosts = rule.hosts.map((pattern) => {
    const name = formatHostPattern(pattern, { defaultPort: 443 });
    if (pattern.kind === "suffix") {
      return {
        level: "note" as const,
        subject: rule.name,
        message: `${name} is many hosts: none was tried`,
      };
    }
    const authority = { ...parseHost(pattern.host), port: pattern.port };
    return checkHost(authority, { rule, world });
  });
  return [...credential, ...await Promise.all(hosts)];
}

async function checkHost(
  authority: Authority,
  { rule, world: { policy, clock } }: { rule: Rule; world: CheckWorld },
): Promise<HealthCheck> {
  const { parts: { upstreams, ...parts } } = policy;
  const agent = rule.agents?.[0] ?? "";
  const plan = new RoutePlan({ scheme: "https", authority, agent }, parts);
  const name = formatAuthority(authority, { defaultPort: 443 });
  const route = plan.routes.find((each) => each.rule === rule);
  if (route === undefined) {
    return {
      level: "note",
      subject: rule.name,
      message: `another rule has ${name} for itself: not tried`,
    };
  }
  const started = performance.now();
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const { stream } = await upstreams.open(route, { protocol: "http/1.1", signal });
    const took = Math.round(performance.now() - started);
    clock.check ??= checkClock(stream, { host: route.host, now: () => Date.now() });
    await clock.check.finally(() => stream.close());
    return isFine(rule.name, `${name} answers, and its certificate is trusted (${took} ms)`);
  } catch (error) {
    if (error instanceof DOMException) {
      return failed(rule.name, {
        message: `${name} has not answered within ${PATIENCE / 1000} s`,
        mend: mends.connection_timeout,
      });
    }
    const { kind, message } = asProxyError(error);
    const mend = (mends as Record<string, string>)[kind];
    const isSaid = message.includes(authority.host);
    return failed(rule.name, {
      message: isSaid ? message : `${name}: ${message}`,
      ...(mend === undefined ? {} : { mend }),
    });
  }
}

/** By the kind of the failure. */
const mends = {
  dns_error: "correct the host, or this machine's resolver (/etc/resolv.conf)",
  dns_timeout: "correct this machine's resolver (/etc/resolv.conf)",
  connection_refused: "nothing listens there: correct host and port, or start the service",
  connection_timeout:
    "a firewall is likely: allow this machine to reach it, or name a proxy with --upstream-proxy",
  destination_unavailable: "there is no way there: correct this machine's network, or the host",
  destination_prohibited: "allow its address, as the message says",
  egress_denied: "allow it in egress:, or remove the rule",
  tls_certificate_error:
    "name its CA with --upstream-ca (for everything) or as upstream: { ca } of the rule (for it alone)",
  client_certificate_refused: "give the rule the client certificate that the service expects",
} as const;
