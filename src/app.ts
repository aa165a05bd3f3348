/**
 * The composition root: what is made of a configuration, in which order, and how it ends.
 *
 * @module
 */
import { join } from "node:path";
import { networkAccess, socketAccess } from "./admin/admin_access.ts";
import { type AdminView, createAdminApp } from "./admin/admin_app.ts";
import { serveAdminSocket } from "./admin/admin_socket.ts";
import { updateAgentRegistry } from "./ca/agent_registry_file.ts";
import { openAgentGates } from "./proxy/agent_gates.ts";
import { CaError } from "./ca/ca_error.ts";
import { CertificateAuthority } from "./ca/certificate_authority.ts";
import { LeafCache } from "./ca/leaf_cache.ts";
import { openGeneratedToken } from "./ca/token_file.ts";
import type { Config } from "./config/config.ts";
import { readAccesses } from "./config/read_accesses.ts";
import { buildAccessRules } from "./services/access_rules.ts";
import { buildRules } from "./services/build_rules.ts";
import { CredentialSearch } from "./services/credential_search.ts";
import { egressNotes } from "./services/egress_notes.ts";
import { makePlaceholders } from "./services/placeholders.ts";
import { isSettingVariable, isWantedVariable, withoutCredentials } from "./services/variables.ts";
import { readSecretFiles } from "./secrets/secret_files.ts";
import { loadSecrets } from "./secrets/secret_store.ts";
import { readText } from "./secrets/text_file.ts";
import { withRevoked } from "./policy/agent_registry.ts";
import { agentStatuses } from "./policy/agent_status.ts";
import { Canaries } from "./policy/canary.ts";
import { RateLimiter } from "./policy/rate_limit.ts";
import { EgressPolicy } from "./policy/egress_policy.ts";
import type { RuleSet } from "./policy/rule_set.ts";
import { AuditTrail } from "./observe/audit_trail.ts";
import { createIds } from "./observe/ids.ts";
import type { Log } from "./observe/log.ts";
import { metricNames } from "./observe/metric_names.ts";
import { Metrics } from "./observe/metrics.ts";
import type { ProxyContext } from "./proxy/context.ts";
import { bind, listenerUrl } from "./proxy/bind.ts";
import { Deadlines } from "./proxy/deadlines.ts";
import { Listener } from "./proxy/listener.ts";
import { OwnListeners } from "./proxy/own_listeners.ts";
import { Resolver } from "./proxy/resolver.ts";
import { openTlsIngress } from "./proxy/tls_ingress.ts";
import { rootsForClientCertificates } from "./proxy/client_certificate_roots.ts";
import { Upstreams } from "./proxy/upstreams.ts";
import { watchCredentials } from "./proxy/watch_credentials.ts";
import { refuseUnverified, refuseUnverifyingRuntime } from "./proxy/refuse_unverified.ts";
import { readAnchors, readCa } from "./ca/read_anchors.ts";
import type { Problem } from "./secrets/problem.ts";
import { StartError } from "./secrets/start_error.ts";
import type { StartupNote } from "./services/draft.ts";

export { defaultLimits } from "./proxy/limits.ts";

export const version = "0.1.0";

/** A proxy that accepts connections. */
export interface App {
  readonly proxyUrl: string;
  readonly adminUrl: string;
  /** Where clients may speak TLS to the proxy, if they may. */
  readonly tlsUrl: string | undefined;
  readonly ca: CertificateAuthority;
  /** The file that the shared agent token is in, if there is one. */
  readonly agentTokenFile: string | undefined;
  readonly adminTokenFile: string;
  /** Whether clients that prove nothing are turned away at present. */
  readonly demandsIdentity: boolean;
  readonly notes: readonly StartupNote[];
  /** Finishes what is under way and ends; what is left after the drain timeout is cut. */
  stop(): Promise<void>;
}

/**
 * Starts the proxy and its admin API.
 *
 * @param environment The process environment: read here, passed down, never changed.
 * @throws {StartError} with every problem found, if the configuration cannot be run.
 */
export async function startApp(
  config: Config,
  { log, environment }: { log: Log; environment: Readonly<Record<string, string>> },
): Promise<App> {
  refuseUnverified(environment);
  const problems: Problem[] = [];
  const { ruleSet, notes, runsPlugins } = await loadRules(config, { environment, problems });
  const extraAnchors = readAnchors(config.upstreamCaFiles, problems);
  if (problems.length > 0) throw new StartError(problems);

  // Nothing else is ever run, so nothing can be from here on.
  if (!runsPlugins) await Deno.permissions.revoke({ name: "run" });
  const ca = await openCa(config, extraAnchors);
  const { privateFolder } = ca;
  const adminTokenFile = join(privateFolder, "admin-token");
  const adminToken = await openGeneratedToken(adminTokenFile);
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
  const egress = new EgressPolicy(config.egress);
  const upstreams = new Upstreams({
    egress,
    connectTo: config.connectTo,
    allowPrivate: config.allowPrivate,
    extraAnchors,
    systemRoots: await rootsForClientCertificates(ruleSet, { environment, except: ca.bundlePath }),
  }, { limits: config.limits, resolver: new Resolver(), ownListeners, deadlines, log });
  const metrics = new Metrics(metricNames(ruleSet), {
    openConnections: () => listener.size,
    auditLinesLost: () => audit.lost,
    startedAt: Date.now(),
  });
  const search = new CredentialSearch(ruleSet);
  const context: ProxyContext = {
    rules: ruleSet,
    egress,
    redaction: {
      get patterns() {
        return search.patterns;
      },
      settings: config.redaction,
    },
    rates: new RateLimiter(config.rateLimits),
    canaries: new Canaries(await placeholdersFor(ruleSet, ca.privateFolder), config.canaries),
    upstreams,
    leaves,
    gate: agents.proxyGate,
    deadlines,
    limits: config.limits,
    ...(config.via === undefined ? {} : { via: config.via }),
    log,
    audit,
    metrics,
    nextId: createIds(),
    draining: () => listener.draining,
  };
  const listener = new Listener(() => context);
  agents.onChange = () => listener.cutUnadmitted();
  const proxyPort = await bind("--listen", config.listen, (address) => listener.listen(address));
  // At once: whoever connects from now on must not be able to come back here through us.
  ownListeners.add(proxyPort);
  const { listenTls } = config;
  let tlsUrl: string | undefined;
  if (listenTls !== undefined) {
    const secure = await openTlsIngress(listenTls.hostname, {
      issuer: ca,
      privateFolder,
      clients: config.tlsClients,
      log,
    });
    const tlsPort = await bind("--listen-tls", listenTls, (address) =>
      listener.listen(address, {
        secure,
        context: () => ({ ...context, gate: agents.tlsGate }),
      }));
    ownListeners.add(tlsPort);
    tlsUrl = listenerUrl({ ...listenTls, port: tlsPort }, "https");
  }
  const view: AdminView = {
    version,
    rules: () => ruleSet,
    caPem: () => ca.certificatePem,
    ready: () => !listener.draining,
    agents: () => agentStatuses(agents.list(), listener.identities()),
    revoke: async (name) => {
      await updateAgentRegistry(privateFolder, (registry) => withRevoked(registry, name));
      await agents.refresh();
    },
    metrics: () => metrics.text(),
    recentAudit: (limit) => audit.recent(limit),
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
  warmUp(leaves, log);
  watchCredentials(ruleSet, log);
  return {
    proxyUrl: listenerUrl({ ...config.listen, port: proxyPort }),
    adminUrl: listenerUrl({ ...config.admin, port: admin.addr.port }),
    tlsUrl,
    ca,
    agentTokenFile: agents.agentTokenFile,
    adminTokenFile,
    demandsIdentity: agents.proxyGate.demandsIdentity,
    notes: [...notes, ...egressNotes(config.egress), ...search.notes],
    stop: async () => {
      await listener.drain(config.drainTimeout);
      await audit.close();
      agents.close();
      upstreams.close();
      await admin.shutdown();
      await adminSocket?.shutdown();
    },
  };
}

interface LoadedRules {
  readonly ruleSet: RuleSet;
  /** Whether a credential comes from a program that has to be run. */
  readonly runsPlugins: boolean;
  readonly notes: readonly StartupNote[];
}

/** Reads the secrets and makes the rules of them. */
export async function loadRules(
  config: Config,
  { environment, problems }: {
    environment: Readonly<Record<string, string>>;
    problems: Problem[];
  },
): Promise<LoadedRules> {
  const templates = [
    ...config.rules.map(({ field }) => field),
    ...config.fileRules.flatMap(({ fields }) => fields),
  ];
  const ruleVariables = new Set(templates.map(({ variable }) => variable));
  const isWanted = (name: string) => isWantedVariable(name, ruleVariables);
  const files = await readSecretFiles({ ...config, isWanted });
  const secrets = loadSecrets({ environment, ...files.texts }, {
    isWanted,
    isSetting: isSettingVariable,
  });
  const clusters = await readAccesses(config);
  const accessRules = buildAccessRules(clusters.accesses, {
    now: () => Date.now(),
    environment: withoutCredentials(environment, isWanted),
  });
  const { ruleSet, notes, problems: ruleProblems } = buildRules({
    secrets: secrets.store,
    ruleFlags: config.rules,
    fileRules: config.fileRules,
    accessRules,
    allowedEndpoints: config.allowEndpoints,
    readCa,
    readText,
  });
  problems.push(...files.problems, ...secrets.problems, ...clusters.problems, ...ruleProblems);
  const warnings = [...files.warnings, ...clusters.warnings].map((
    { where, message },
  ): StartupNote => ({
    kind: "notice",
    subject: where,
    message,
  }));
  const runsPlugins = clusters.accesses.some(({ credential }) => credential.kind === "exec");
  return { ruleSet, runsPlugins, notes: [...warnings, ...notes] };
}

/** What clients are given in the place of each credential, by its variable. */
export async function placeholdersFor(
  { rules }: RuleSet,
  privateFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const variables = rules.flatMap((rule) => rule.variables.map(({ name }) => name));
  const key = await openGeneratedToken(join(privateFolder, "placeholder-key"));
  return makePlaceholders(new Set(variables), key);
}

/**
 * Opens the CA, or makes it.
 *
 * @throws {StartError} If that cannot be done.
 */
export async function openCa(
  config: Config,
  extraAnchors: readonly string[],
): Promise<CertificateAuthority> {
  try {
    return await CertificateAuthority.open({
      directory: config.caDir,
      now: () => Date.now(),
      extraAnchors,
    });
  } catch (error) {
    if (!(error instanceof CaError)) throw error;
    throw new StartError([{ where: "--ca-dir", message: error.message }]);
  }
}

/** Loads what the first decrypted connection needs while nobody waits for it. */
function warmUp(leaves: LeafCache, log: Log): void {
  leaves.prepare().catch((error) => log.error("the CA cannot sign", { reason: String(error) }));
}
