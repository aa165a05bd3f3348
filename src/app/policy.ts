import { unknownRules } from "./unknown_rules.ts";
import type { Config } from "../config/config.ts";
import { Canaries } from "../policy/canary.ts";
import { EgressPolicy } from "../policy/egress_policy.ts";
import type { PatternSource } from "../policy/redact.ts";
import { RateLimiter } from "../policy/rate_limit.ts";
import { rootsForNodeTls } from "../proxy/node_tls_roots.ts";
import type { ProxyContext } from "../proxy/context.ts";
import type { Deadlines } from "../proxy/deadlines.ts";
import type { OwnListeners } from "../proxy/own_listeners.ts";
import { Resolver } from "../proxy/resolver.ts";
import type { UpstreamCounts } from "../proxy/upstream_counts.ts";
import { Upstreams } from "../proxy/upstreams.ts";
import { readAnchors } from "../ca/read_anchors.ts";
import type { Log } from "../observe/log.ts";
import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { CredentialSearch } from "../services/credential_search.ts";
import type { UpstreamProxies } from "../policy/upstream_proxies.ts";
import { loadRules } from "./load_rules.ts";
import type { LoadedRules } from "./load_rules.ts";
import {
  findOwnProxies,
  openUpstreamProxies,
  secretIn,
  upstreamProxyNotes,
} from "./open_upstream_proxies.ts";
import { placeholdersFor } from "./placeholders_for.ts";

/** What a configuration and its files came to when they were read. */
export interface LoadedConfig extends LoadedRules {
  readonly config: Config;
  /** Of --upstream-ca, PEM. */
  readonly extraAnchors: readonly string[];
  readonly proxies: UpstreamProxies;
}

/** What of a {@linkcode ProxyContext} comes from the configuration: a reload makes all of it anew. */
export type PolicyParts = Pick<
  ProxyContext,
  | "rules"
  | "redaction"
  | "canaries"
  | "placeholders"
  | "rates"
  | "egress"
  | "proxies"
  | "upstreams"
  | "limits"
  | "via"
>;

/** One configuration, ready to be put in force. */
export interface Policy {
  readonly loaded: LoadedConfig;
  readonly search: CredentialSearch;
  readonly parts: PolicyParts;
}

/** What policies are made with, and what they share. */
export interface PolicyWorld {
  readonly environment: Readonly<Record<string, string>>;
  /** What placeholders are made with. */
  readonly placeholderKey: string;
  /** Our own bundle of roots, which is no source of roots. */
  readonly bundlePath: string;
  readonly ownListeners: OwnListeners;
  readonly deadlines: Deadlines;
  readonly upstreamCounts: UpstreamCounts;
  /**
   * What is searched for now: a response that began under an earlier policy may bring back what is in
   * force since.
   */
  readonly searched: PatternSource;
  readonly log: Log;
}

/**
 * Reads what the configuration names.
 *
 * @param options `before` is what was read the last time.
 * @throws {StartError} with every problem found.
 */
export async function loadConfig(
  config: Config,
  { environment, before }: {
    environment: Readonly<Record<string, string>>;
    before?: LoadedConfig;
  },
): Promise<LoadedConfig> {
  const problems: Problem[] = [];
  const rules = await loadRules(config, { environment, problems, before });
  problems.push(...unknownRules(config, rules.ruleSet));
  const extraAnchors = readAnchors(config.upstreamCaFiles, problems);
  const proxies = openUpstreamProxies(config, { secretOf: secretIn(rules.store), problems });
  problems.push(...await findOwnProxies(proxies, config));
  if (problems.length > 0) throw new StartError(problems);
  const notes = [...rules.notes, ...upstreamProxyNotes(proxies, config.upstreamProxy)];
  return { ...rules, notes, config, extraAnchors, proxies };
}

/**
 * Makes a policy.
 *
 * @param options `previous` is the one that it takes the place of: its credentials must not come back
 *   either, and what agents have used up of unchanged rates stays used up.
 */
export async function makePolicy(
  loaded: LoadedConfig,
  { world, previous }: { world: PolicyWorld; previous?: Policy },
): Promise<Policy> {
  const { config, ruleSet, extraAnchors, proxies } = loaded;
  const { environment, placeholderKey, bundlePath, ownListeners, deadlines, searched, log } = world;
  const { upstreamCounts: counts } = world;
  const egress = new EgressPolicy(config.egress);
  const search = new CredentialSearch(ruleSet, {
    before: previous?.search,
    others: proxies.credentials,
  });
  const systemRoots = await rootsForNodeTls({ rules: ruleSet.rules, proxies }, {
    environment,
    except: bundlePath,
  });
  const upstreams = new Upstreams({
    egress,
    connectTo: config.connectTo,
    allowPrivate: config.allowPrivate,
    proxies,
    extraAnchors,
    systemRoots,
  }, { limits: config.limits, resolver: new Resolver(), ownListeners, deadlines, counts, log });
  const placeholders = placeholdersFor(ruleSet, placeholderKey);
  return {
    loaded,
    search,
    parts: {
      rules: ruleSet,
      egress,
      redaction: redactionOf(searched, config),
      rates: ratesOf(config, previous),
      canaries: new Canaries(placeholders, config.canaries),
      placeholders,
      proxies,
      upstreams,
      limits: config.limits,
      ...(config.via === undefined ? {} : { via: config.via }),
    },
  };
}

function redactionOf(searched: PatternSource, { redaction }: Config): ProxyContext["redaction"] {
  return {
    get patterns() {
      return searched.patterns;
    },
    settings: redaction,
  };
}

function ratesOf({ rateLimits }: Config, previous: Policy | undefined): RateLimiter {
  const before = previous?.loaded.config.rateLimits;
  const isSame = before !== undefined && textOf(before) === textOf(rateLimits);
  return previous !== undefined && isSame ? previous.parts.rates : new RateLimiter(rateLimits);
}

/** Without where they stand: a line more above them makes no other limits of them. */
function textOf(limits: Config["rateLimits"]): string {
  return JSON.stringify(limits.map(({ where: _, ...limit }) => limit));
}
