import { resolve } from "node:path";
import { parseConnectTo } from "../policy/connect_to.ts";
import { type ParsedRuleFlag, parseRuleFlag } from "../policy/rule_flag.ts";
import type { Limits } from "../proxy/limits.ts";
import type { Problem } from "../secrets/problem.ts";
import { parseHost } from "../wire/authority.ts";
import { parseCidr } from "../wire/ip_address.ts";
import type { Config } from "./config.ts";
import {
  type ListenAddress,
  parseListenAddress,
  parseTransparentAddress,
} from "./listen_address.ts";
import {
  environmentSettings,
  mergeSettings,
  type Settings,
  type Sourced,
} from "./merge_settings.ts";
import { parseVia } from "./parse_via.ts";
import { readAudit } from "./read_audit.ts";
import { readLimits } from "./read_limits.ts";
import { readUpstreamProxy } from "./read_upstream_proxy.ts";
import type { Flags } from "./setting_table.ts";
import { type FileConfig, noFile } from "./settings.ts";

/** What the flags are read with. */
export interface FlagContext {
  /** The limits of which nothing is said. */
  readonly defaultLimits: Limits;
  /** Where the CA is kept if nothing is said. */
  readonly defaultCaDir: string;
  readonly file?: FileConfig;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Checks the form of every value, wherever it was found.
 *
 * @returns The configuration, and every problem there is with it: it counts only if there is none.
 */
export function readFlags(
  flags: Flags,
  { defaultLimits, defaultCaDir, file = noFile, environment = {} }: FlagContext,
): { config: Config; problems: Problem[] } {
  const variables = environmentSettings(environment);
  const settings = mergeSettings({ flags, variables: variables.settings, file: file.settings });
  const problems: Problem[] = [...variables.problems];

  function read<T>(
    found: Sourced<string> | undefined,
    { parse, fallback }: { parse: (text: string) => T; fallback: T },
  ): T {
    if (found === undefined) return fallback;
    try {
      return parse(found.value);
    } catch (error) {
      const message = error instanceof Error ? error.message : "malformed";
      problems.push({ where: found.origin, message });
      return fallback;
    }
  }

  function readAll<T>(
    found: Sourced<readonly string[]> | undefined,
    parse: (text: string) => T,
  ): T[] {
    const { value = [], origin = "" } = found ?? {};
    return value.flatMap((text) =>
      read({ value: text, origin }, { parse: (given) => [parse(given)], fallback: [] })
    );
  }

  const { listen, admin, listenTls, tlsClients, adminSocket, agentTokenFile, via } = settings;
  const { caCert, caKey, adminTokenFile } = settings;
  const { limits, origins: limitOrigins } = allLimits({
    file,
    variables: variables.settings,
    flags,
  }, {
    defaultLimits,
    problems,
  });
  const { audit, problems: auditProblems } = readAudit(settings, file.audit);
  problems.push(
    ...auditProblems,
    ...halfPair(caCert, { other: caKey, flag: "--ca-key" }),
    ...halfPair(caKey, { other: caCert, flag: "--ca-cert" }),
    ...fileless(settings.kubeContext, { files: settings.kubeconfig, flag: "--kubeconfig" }),
    ...fileless(settings.talosContext, { files: settings.talosconfig, flag: "--talosconfig" }),
  );
  const asAddress = (fallback: ListenAddress) => ({ parse: parseListenAddress, fallback });
  const config: Config = {
    ...sectionsOf(file),
    settings,
    listen: read(listen, asAddress(defaultListen)),
    admin: read(admin, asAddress(defaultAdmin)),
    ...(listenTls === undefined ? {} : { listenTls: read(listenTls, asAddress(defaultListen)) }),
    tlsClients: read(tlsClients, { parse: parseTlsClients, fallback: "certificate" }),
    transparent: readAll(settings.transparent, parseTransparentAddress),
    listenNames: readAll(settings.listenName, (text) => parseHost(text).host),
    ...(adminSocket === undefined ? {} : { adminSocket: adminSocket.value }),
    envFiles: settings.envFile?.value ?? [],
    secretsDirs: settings.secretsDir?.value ?? [],
    rules: readAll<ParsedRuleFlag>(settings.rule, parseRuleFlag),
    caDir: resolve(settings.caDir?.value ?? defaultCaDir),
    ...(caCert === undefined || caKey === undefined
      ? {}
      : { givenCa: { certificatePath: caCert.value, keyPath: caKey.value } }),
    upstreamCaFiles: settings.upstreamCa?.value ?? [],
    upstreamProxy: readUpstreamProxy(settings, { environment, problems }),
    connectTo: readAll(settings.connectTo, parseConnectTo),
    allowPrivate: readAll(settings.allowPrivate, parseCidr),
    allowEndpoints: settings.allowEndpoint?.value ?? [],
    kubeconfigs: [...new Set(settings.kubeconfig?.value)],
    kubeContexts: settings.kubeContext?.value ?? [],
    talosconfigs: [...new Set(settings.talosconfig?.value)],
    talosContexts: settings.talosContext?.value ?? [],
    ...(agentTokenFile === undefined ? {} : { agentTokenFile: agentTokenFile.value }),
    ...(adminTokenFile === undefined ? {} : { adminTokenFile: adminTokenFile.value }),
    allowUnauthenticated: settings.allowUnauthenticated?.value ?? false,
    limits,
    limitOrigins,
    ...(via === undefined ? {} : { via: read(via, { parse: parseVia, fallback: "" }) }),
    drainDelay: read(settings.drainDelay, { parse: parseSeconds, fallback: 0 }),
    drainTimeout: read(settings.drainTimeout, { parse: parseSeconds, fallback: 30_000 }),
    logFormat: read(settings.logFormat, { parse: parseLogFormat, fallback: "text" }),
    audit,
  };
  return { config, problems };
}

const defaultListen: ListenAddress = { hostname: "127.0.0.1", port: 8080 };
const defaultAdmin: ListenAddress = { hostname: "127.0.0.1", port: 8081 };

function sectionsOf({ settings: _settings, limits: _limits, ...sections }: FileConfig) {
  return sections;
}

/** Each limit is a setting of its own: those of the file hold where the flags name others. */
function allLimits(
  { file, variables, flags }: { file: FileConfig; variables: Settings; flags: Flags },
  { defaultLimits, problems }: { defaultLimits: Limits; problems: Problem[] },
): { limits: Limits; origins: ReadonlyMap<string, string> } {
  let limits = defaultLimits;
  const origins = new Map<string, string>();
  const sources: Sourced<readonly string[]>[] = [
    ...file.limits.map(({ value, origin }) => ({ value: [value], origin })),
    ...variables.limit === undefined ? [] : [variables.limit],
    { value: flags.limit ?? [], origin: "--limit" },
  ];
  for (const { value, origin } of sources) {
    const read = readLimits(value, { defaults: limits, where: origin });
    limits = read.limits;
    for (const setting of value) origins.set(setting.split("=")[0] ?? "", origin);
    problems.push(...read.problems);
  }
  return { limits, origins };
}

/** A certificate without its key, or a key without its certificate. */
function halfPair(
  given: Sourced<string> | undefined,
  { other, flag }: { other: Sourced<string> | undefined; flag: string },
): Problem[] {
  if (given === undefined || other !== undefined) return [];
  return [{ where: given.origin, message: `Cannot use it alone: give ${flag} FILE too` }];
}

/** Contexts that are named without a file that they could be in. */
function fileless(
  contexts: Sourced<readonly string[]> | undefined,
  { flag, files }: { flag: string; files: Sourced<readonly string[]> | undefined },
): Problem[] {
  if ((contexts?.value.length ?? 0) === 0 || (files?.value.length ?? 0) > 0) return [];
  const where = contexts?.origin ?? flag;
  return [{ where, message: `Cannot tell where it is: give ${flag} FILE too` }];
}

function parseSeconds(text: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text)) {
    throw new Error(`Cannot parse "${text}": write a number of seconds, such as 30`);
  }
  return Number(text) * 1000;
}

function parseTlsClients(text: string): "certificate" | "token" {
  if (text === "certificate" || text === "token") return text;
  throw new Error(`Cannot parse "${text}": write certificate or token`);
}

function parseLogFormat(text: string): "text" | "json" {
  if (text === "text" || text === "json") return text;
  throw new Error(`Cannot parse "${text}": write text or json`);
}
