/**
 * The composition root: what is made of a configuration, in which order, and how it ends.
 *
 * @module
 */
import { join } from "node:path";
import { createAdminApp } from "./admin/admin_app.ts";
import { openAgentGates } from "./proxy/agent_gates.ts";
import { CaError } from "./ca/ca_error.ts";
import { createPrivateFile, PrivateFileError, readPrivateFile } from "./ca/private_files.ts";
import { CertificateAuthority } from "./ca/certificate_authority.ts";
import { LeafCache } from "./ca/leaf_cache.ts";
import type { Config, ListenAddress } from "./config/config.ts";
import { isLoopback } from "./wire/loopback.ts";
import { buildRules } from "./services/build_rules.ts";
import { makePlaceholders } from "./services/placeholders.ts";
import { isSettingVariable, isWantedVariable } from "./services/variables.ts";
import { readSecretFiles } from "./secrets/secret_files.ts";
import { loadSecrets } from "./secrets/secret_store.ts";
import { Canaries } from "./policy/canary.ts";
import { credentialPatterns } from "./policy/inject.ts";
import { PatternSet, SHORTEST_PATTERN } from "./policy/pattern_set.ts";
import { everyRule } from "./policy/redaction_scope.ts";
import { EgressPolicy, openEgress } from "./policy/egress_policy.ts";
import type { RuleSet } from "./policy/rule_set.ts";
import { defaultAuditSettings } from "./observe/audit_settings.ts";
import { AuditTrail } from "./observe/audit_trail.ts";
import type { Log } from "./observe/log.ts";
import type { ProxyContext } from "./proxy/context.ts";
import { Deadlines } from "./proxy/deadlines.ts";
import { Listener } from "./proxy/listener.ts";
import { OwnListeners } from "./proxy/own_listeners.ts";
import { Resolver } from "./proxy/resolver.ts";
import { Upstreams } from "./proxy/upstreams.ts";
import { verificationIsOff } from "./proxy/verification_check.ts";
import { readAnchors, readPem } from "./ca/read_anchors.ts";
import type { Problem } from "./secrets/problem.ts";
import { StartError } from "./secrets/start_error.ts";
import type { StartupNote } from "./services/draft.ts";
import { formatHost, parseHost } from "./wire/authority.ts";
import { classifyAddress } from "./wire/ip_address.ts";

export { defaultLimits } from "./proxy/limits.ts";

export const version = "0.1.0";

/** A proxy that accepts connections. */
export interface App {
  readonly proxyUrl: string;
  readonly adminUrl: string;
  readonly ca: CertificateAuthority;
  /** The file that the agent token is in, if one is demanded. */
  readonly agentTokenFile: string | undefined;
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
  const { ruleSet, notes } = await loadRules(config, { environment, problems });
  const extraAnchors = readAnchors(config.upstreamCaFiles, problems);
  if (problems.length > 0) throw new StartError(problems);

  const ca = await openCa(config, extraAnchors);
  const { proxyGate, adminGate, agentTokenFile } = await openAgentGates(config, ca.privateFolder);
  const leaves = new LeafCache({ issuer: ca, now: () => Date.now() });
  if (!Deno.build.standalone && await verificationIsOff()) {
    throw new StartError([{
      where: "deno",
      message: "certificate errors are ignored: start without --unsafely-ignore-certificate-errors",
    }]);
  }
  const audit = await AuditTrail.open(defaultAuditSettings, {
    log,
    now: () => Date.now(),
    clock: () => performance.now(),
  });
  const deadlines = new Deadlines();
  const ownListeners = new OwnListeners();
  const egress = new EgressPolicy(openEgress);
  const upstreams = new Upstreams({
    egress,
    connectTo: config.connectTo,
    allowPrivate: config.allowPrivate,
    extraAnchors,
  }, { limits: config.limits, resolver: new Resolver(), ownListeners, deadlines, log });
  const { patterns, notes: redactionNotes } = searchFor(ruleSet);
  const context: ProxyContext = {
    rules: ruleSet,
    egress,
    redaction: { patterns, settings: everyRule },
    canaries: new Canaries(await placeholdersFor(ruleSet, ca.privateFolder), "alarm"),
    upstreams,
    leaves,
    gate: proxyGate,
    deadlines,
    limits: config.limits,
    ...(config.via === undefined ? {} : { via: config.via }),
    log,
    audit,
    nextId: idGenerator(),
    draining: () => listener.draining,
  };
  const listener = new Listener(() => context);
  const proxyPort = await bind("--listen", config.listen, (address) => listener.listen(address));
  // At once: whoever connects from now on must not be able to come back here through us.
  ownListeners.add(proxyPort);
  const admin = await bind("--admin", config.admin, (address) => {
    const app = createAdminApp({
      version,
      rules: () => ruleSet,
      caPem: () => ca.certificatePem,
      ready: () => !listener.draining,
      admits: (authorization) => adminGate.admits(authorization),
      knowsHost: (host) => namesListener(host, config.admin),
    });
    return Deno.serve({ ...address, onListen: () => {} }, app.fetch);
  });
  ownListeners.add(admin.addr.port);
  warmUp(leaves, log);
  return {
    proxyUrl: url(config.listen, proxyPort),
    adminUrl: url(config.admin, admin.addr.port),
    ca,
    agentTokenFile,
    notes: [...notes, ...redactionNotes],
    stop: async () => {
      await listener.drain(config.drainTimeout);
      await audit.close();
      upstreams.close();
      await admin.shutdown();
    },
  };
}

interface LoadedRules {
  readonly ruleSet: RuleSet;
  readonly notes: readonly StartupNote[];
}

/** Reads the secrets and makes the rules of them. */
async function loadRules(
  config: Config,
  { environment, problems }: {
    environment: Readonly<Record<string, string>>;
    problems: Problem[];
  },
): Promise<LoadedRules> {
  const ruleVariables = new Set(config.rules.map(({ field }) => field.variable));
  const isWanted = (name: string) => isWantedVariable(name, ruleVariables);
  const files = await readSecretFiles({ ...config, isWanted });
  const secrets = loadSecrets({ environment, ...files.texts }, {
    isWanted,
    isSetting: isSettingVariable,
  });
  const { ruleSet, notes, problems: ruleProblems } = buildRules({
    secrets: secrets.store,
    ruleFlags: config.rules,
    allowedEndpoints: config.allowEndpoints,
    readCa: (path) => {
      const read = readPem(path);
      if ("certificates" in read) return read.certificates.join("\n");
      return { where: path, message: read.problem };
    },
  });
  problems.push(...files.problems, ...secrets.problems, ...ruleProblems);
  const warnings = files.warnings.map(({ where, message }): StartupNote => ({
    kind: "notice",
    subject: where,
    message,
  }));
  return { ruleSet, notes: [...warnings, ...notes] };
}

/** Names for exchanges, of which no two are alike, not even of two runs. */
function idGenerator(): () => string {
  const run = crypto.getRandomValues(new Uint8Array(6)).toHex();
  let count = 0;
  return () => `${run}-${++count}`;
}

/** What must not come back from any service: the credentials of all rules. */
function searchFor(rules: RuleSet): { patterns: PatternSet; notes: StartupNote[] } {
  const credentials = rules.rules.flatMap(({ injection }) => injection?.credentials ?? []);
  const { patterns, tooShort } = credentialPatterns(credentials);
  const notes = tooShort.map((subject): StartupNote => ({
    kind: "notice",
    subject,
    message: `its value has fewer than ${SHORTEST_PATTERN} characters, so it is not recognised ` +
      "where a service sends it back: use a longer one",
  }));
  return { patterns: new PatternSet(patterns), notes };
}

/** What clients are given in the place of each credential, by its variable. */
export async function placeholdersFor(
  { rules }: RuleSet,
  privateFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const path = join(privateFolder, "placeholder-key");
  try {
    await createPrivateFile(path, crypto.getRandomValues(new Uint8Array(32)).toHex());
    const variables = rules.flatMap((rule) => rule.variables.map(({ name }) => name));
    const key = await readPrivateFile(path);
    if (key === undefined) {
      throw new StartError([{ where: path, message: "it was removed while being created" }]);
    }
    return makePlaceholders(new Set(variables), key);
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new StartError([{ where: path, message: error.message }]);
  }
}

function refuseUnverified(environment: Readonly<Record<string, string>>): void {
  const problems: Problem[] = [];
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    problems.push({
      where: "NODE_TLS_REJECT_UNAUTHORIZED",
      message:
        "it turns certificate verification off: unset it (use --upstream-ca for a private CA)",
    });
  }
  if (environment.SSLKEYLOGFILE) {
    problems.push({
      where: "SSLKEYLOGFILE",
      message: "it has the keys of every TLS connection written to a file: unset it",
    });
  }
  if (problems.length > 0) throw new StartError(problems);
}

async function openCa(
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

async function bind<T>(
  flag: string,
  address: ListenAddress,
  open: (address: ListenAddress) => T | Promise<T>,
): Promise<T> {
  try {
    return await open(address);
  } catch (error) {
    const code = (error as { code?: string }).code;
    const taken = code === "EADDRINUSE" || error instanceof Deno.errors.AddrInUse;
    throw new StartError([{
      where: flag,
      message: taken
        ? `${url(address, address.port)} is in use: stop what listens there, or choose another port`
        : `cannot listen on ${
          url(address, address.port)
        }: it is no address of this machine, or not allowed`,
    }]);
  }
}

/** Loads what the first decrypted connection needs while nobody waits for it. */
function warmUp(leaves: LeafCache, log: Log): void {
  leaves.prepare().catch((error) => log.error("the CA cannot sign", { reason: String(error) }));
}

function url({ hostname }: ListenAddress, port: number): string {
  return `http://${formatHost(parseHost(hostname))}:${port}`;
}

/** Whether `Host` is an address, `localhost` or the name that the listener was given. */
function namesListener(host: string | undefined, { hostname }: ListenAddress): boolean {
  const name = /^(\[.*\]|[^:]*)(:\d+)?$/.exec(host ?? "")?.[1];
  if (name === undefined) return false;
  try {
    const parsed = parseHost(name);
    if (parsed.kind === "name") return parsed.host === "localhost" || parsed.host === hostname;
    return !isLoopback(hostname) || classifyAddress(parsed.host) === "loopback";
  } catch {
    return false;
  }
}
