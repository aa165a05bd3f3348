/**
 * The composition root: what is made of a configuration, in which order, and how it ends.
 *
 * @module
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { networkAccess, socketAccess } from "./admin/admin_access.ts";
import { type AdminView, createAdminApp } from "./admin/admin_app.ts";
import { serveAdminSocket } from "./admin/admin_socket.ts";
import { FileWatch } from "./app/file_watch.ts";
import { LivePolicy, type ReloadOutcome, watchedFiles } from "./app/live_policy.ts";
import { namedFiles } from "./app/named_files.ts";
import { openCa } from "./app/open_ca.ts";
import { openListeners } from "./app/open_listeners.ts";
import { openPlaceholderKey } from "./app/placeholder_key.ts";
import { loadConfig, makePolicy, type PolicyParts } from "./app/policy.ts";
import { openPublicFiles } from "./app/public_files.ts";
import { updateAgentRegistry } from "./ca/agent_registry_file.ts";
import type { CertificateAuthority } from "./ca/certificate_authority.ts";
import { LeafCache } from "./ca/leaf_cache.ts";
import { openGeneratedToken, readGivenToken } from "./ca/token_file.ts";
import type { Config } from "./config/config.ts";
import type { TransparentAddress } from "./config/listen_address.ts";
import { CredentialStates } from "./observe/credential_states.ts";
import { AuditTrail } from "./observe/audit_trail.ts";
import { createIds } from "./observe/ids.ts";
import type { Log } from "./observe/log.ts";
import { metricNames } from "./observe/metric_names.ts";
import { Metrics } from "./observe/metrics.ts";
import { withRevoked } from "./policy/agent_registry.ts";
import { agentStatuses } from "./policy/agent_status.ts";
import type { PatternSource } from "./policy/redact.ts";
import type { AgentGate } from "./proxy/agent_gate.ts";
import { checkSettings, openAgentGates } from "./proxy/agent_gates.ts";
import { bind, listenerUrl } from "./proxy/bind.ts";
import type { ProxyContext } from "./proxy/context.ts";
import { Deadlines } from "./proxy/deadlines.ts";
import { explain } from "./proxy/explain.ts";
import { ExchangesInFlight } from "./proxy/exchanges_in_flight.ts";
import { Listener } from "./proxy/listener.ts";
import { OwnListeners } from "./proxy/own_listeners.ts";
import { refuseUnverified, refuseUnverifyingRuntime } from "./proxy/refuse_unverified.ts";
import { UpstreamCounts } from "./proxy/upstream_counts.ts";
import { watchCredentials } from "./proxy/watch_credentials.ts";
import type { StartupNote } from "./services/draft.ts";
import { egressNotes } from "./services/egress_notes.ts";

export { defaultLimits } from "./proxy/limits.ts";

export const version = "0.1.0";

/** A proxy that accepts connections. */
export interface App {
  readonly proxyUrl: string;
  readonly adminUrl: string;
  /** Where clients may speak TLS to the proxy, if they may. */
  readonly tlsUrl: string | undefined;
  /** Where a firewall may turn connections to. */
  readonly transparent: readonly TransparentAddress[];
  readonly ca: CertificateAuthority;
  /** The file that the shared agent token is in, if there is one. */
  readonly agentTokenFile: string | undefined;
  readonly adminTokenFile: string;
  /** Whether clients that prove nothing are turned away at present. */
  readonly demandsIdentity: boolean;
  readonly notes: readonly StartupNote[];
  /** Resolves when the truststore for Java and the settings for PHP lie beside the CA's bundle. */
  readonly trustKit: Promise<void>;
  /** Reads the configuration and the secrets anew, and puts them in force if nothing is wrong. */
  reload(reason: string): Promise<ReloadOutcome>;
  /** Finishes what is under way and ends; what is left after the drain timeout is cut. */
  stop(): Promise<void>;
}

/** What a proxy is started with, beside its configuration. */
export interface AppOptions {
  readonly log: Log;
  /** The process environment: read here, passed down, never changed. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Reads the configuration once more.
   *
   * @throws {StartError} with every problem found.
   */
  readonly reread: () => Promise<Config>;
  /** The files that it is read from. */
  readonly configFiles: readonly string[];
  /** Their states, taken before they were read: `FileWatch.statesOf`. */
  readonly configStates: ReadonlyMap<string, string>;
  /** Whether a program is run beside the proxy. */
  readonly runsPrograms?: boolean;
}

/**
 * Starts the proxy and its admin API.
 *
 * @throws {StartError} with every problem found, if the configuration cannot be run.
 */
export async function startApp(
  config: Config,
  { log, environment, reread, configFiles, configStates, runsPrograms = false }: AppOptions,
): Promise<App> {
  refuseUnverified(environment);
  const seen = await FileWatch.statesSince(configStates, namedFiles(config, configFiles));
  const loaded = await loadConfig(config, { environment });

  loaded.inputs.use(loaded.store);
  // Nothing else is ever run, so nothing can be from here on.
  if (!loaded.runsPlugins && !runsPrograms) await Deno.permissions.revoke({ name: "run" });
  const ca = await openCa(config, loaded.extraAnchors);
  const { privateFolder, bundlePath } = ca;
  const adminTokenFile = config.adminTokenFile ?? join(privateFolder, "admin-token");
  const adminToken = config.adminTokenFile === undefined
    ? await openGeneratedToken(adminTokenFile)
    : await readGivenToken("--admin-token-file", adminTokenFile);
  const placeholderKey = await openPlaceholderKey(config);
  const agents = await openAgentGates(config, { privateFolder, settings: config.agents, log });
  const leaves = new LeafCache({ issuer: ca, now: () => Date.now() });
  await refuseUnverifyingRuntime();
  const audit = await AuditTrail.open(config.audit, {
    log,
    now: () => Date.now(),
    clock: () => performance.now(),
  });
  const deadlines = new Deadlines();
  const ownListeners = new OwnListeners();
  const exchanges = new ExchangesInFlight();
  const searched: PatternSource = {
    get patterns() {
      return policy.current.search.patterns;
    },
  };
  const upstreamCounts = new UpstreamCounts();
  const world = {
    ...{ environment, placeholderKey, bundlePath, ownListeners, deadlines, upstreamCounts },
    ...{ searched, log },
  };
  const first = await makePolicy(loaded, { world });
  const startedAt = Date.now();
  let credentials = new CredentialStates(loaded.ruleSet);
  const metrics = new Metrics(metricNames(loaded.ruleSet), {
    connections: () => ({ open: listener.size, ...listener.counts }),
    upstreamConnections: () => {
      const { opened, reused, open } = upstreamCounts;
      return { opened, reused, open, idle: context.upstreams.idle };
    },
    leaves: () => ({ ...leaves.counts, size: leaves.size }),
    auditLinesLost: () => audit.lost,
    configuration: () => ({ ...policy.state, isRejected: policy.state.rejected !== undefined }),
    rules: () => credentials.rules(),
    secrets: () => credentials.secrets(),
    startedAt,
    caExpiresAt: ca.notAfter,
    version,
  });
  const nextId = createIds();
  const publicFiles = openPublicFiles(ca.trustFiles);
  const contextOf = (parts: PolicyParts): ProxyContext => ({
    ...parts,
    leaves,
    gate: agents.proxyGate,
    publicFiles,
    exchanges,
    deadlines,
    log,
    audit,
    metrics,
    nextId,
    draining: () => listener.draining,
    accepting: () => listener.accepting,
  });
  let context = contextOf(first.parts);
  const contextWith = (gate: AgentGate): () => ProxyContext => {
    let from = context;
    let own = { ...context, gate };
    return () => {
      if (from !== context) {
        from = context;
        own = { ...context, gate };
      }
      return own;
    };
  };
  const watched = watchedFiles(loaded, configFiles);
  const policy = new LivePolicy(first, await FileWatch.statesSince(seen, watched), {
    world,
    reread: async () => {
      const next = await reread();
      checkSettings(next.agents);
      return next;
    },
    configFiles,
    log,
    adopt: (next) => {
      const { upstreams: former } = context;
      next.loaded.inputs.use(next.loaded.store);
      metrics.learn(metricNames(next.parts.rules));
      credentials = new CredentialStates(next.parts.rules);
      context = contextOf(next.parts);
      const cut = exchanges.holdTo(next.parts.rules);
      agents.configure(next.loaded.config.agents);
      // Its exchanges go on; what they give back to it is closed.
      former.close();
      watchCredentials(next.parts.rules, log);
      return cut;
    },
  });
  const listener = new Listener(() => context);
  agents.onChange = () => listener.cutUnadmitted();
  const { proxyUrl, tlsUrl, transparent } = await openListeners(config, {
    ...{ listener, ca, agents, ownListeners, privateFolder, contextWith, log },
  });
  const view: AdminView = {
    version,
    rules: () => context.rules,
    trustFiles: ca.trustFiles,
    ready: () => !listener.draining,
    agents: () => agentStatuses(agents.list(), listener.identities()),
    revoke: async (name) => {
      await updateAgentRegistry(privateFolder, (registry) => withRevoked(registry, name));
      await agents.refresh();
    },
    metrics: () => metrics.text(),
    watchAudit: (watcher) => audit.watch(watcher),
    status: () => ({
      startedAt,
      openConnections: listener.size,
      auditLinesLost: audit.lost,
      ca,
    }),
    recentAudit: (limit) => audit.recent(limit),
    reload: () => policy.reload("the admin API was asked to"),
    reloadState: () => policy.state,
    explain: (request) => explain(request, context),
    log,
  };
  const admin = await bind("--admin", config.admin, (address) => {
    const app = createAdminApp(view, networkAccess(address.hostname, adminToken));
    return Deno.serve({ ...address, onListen: () => {} }, app.fetch);
  });
  ownListeners.add(admin.addr.port);
  const adminSocket = config.adminSocket === undefined
    ? undefined
    : await serveAdminSocket(config.adminSocket, createAdminApp(view, socketAccess).fetch);
  const trustKit = warmUp({ leaves, ca, log });
  watchCredentials(loaded.ruleSet, log);
  return {
    proxyUrl,
    adminUrl: listenerUrl({ ...config.admin, port: admin.addr.port }),
    tlsUrl,
    transparent,
    ca,
    agentTokenFile: agents.agentTokenFile,
    adminTokenFile,
    demandsIdentity: agents.proxyGate.demandsIdentity,
    trustKit,
    notes: [...loaded.notes, ...egressNotes(config.egress), ...first.search.notes],
    reload: (reason) => policy.reload(reason),
    stop: async () => {
      policy.close();
      const { drainDelay, drainTimeout } = policy.current.loaded.config;
      if (drainDelay > 0) {
        listener.announceEnd();
        await delay(drainDelay);
      }
      await listener.drain(drainTimeout);
      await audit.close();
      agents.close();
      context.upstreams.close();
      await admin.shutdown();
      await adminSocket?.shutdown();
      await trustKit;
    },
  };
}

/** Loads what the first decrypted connection needs, and then writes what few clients need. */
async function warmUp(
  { leaves, ca, log }: { leaves: LeafCache; ca: CertificateAuthority; log: Log },
): Promise<void> {
  try {
    await leaves.prepare();
  } catch (error) {
    log.error("the CA cannot sign", { reason: String(error) });
  }
  try {
    await ca.publishTrustKit();
  } catch (error) {
    log.warn("the public folder lacks what Java and PHP need", { reason: String(error) });
  }
}
