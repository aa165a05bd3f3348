import { parseConnectTo } from "../policy/connect_to.ts";
import type { Limits } from "../proxy/limits.ts";
import type { Problem } from "../secrets/problem.ts";
import { type ParsedRuleFlag, parseRuleFlag } from "../policy/rule_flag.ts";
import { parseCidr } from "../wire/ip_address.ts";
import type { Config } from "./config.ts";
import type { FileConfig } from "./config_file.ts";
import { type ListenAddress, parseListenAddress } from "./listen_address.ts";
import { parseVia } from "./parse_via.ts";
import { readAudit } from "./read_audit.ts";
import { readLimits } from "./read_limits.ts";
import { noSections } from "./settings.ts";

/** The values of the command line, as text. */
export interface Flags {
  readonly listen?: string;
  readonly admin?: string;
  readonly listenTls?: string;
  readonly tlsClients: string;
  readonly adminSocket?: string;
  readonly envFile: readonly string[];
  readonly secretsDir: readonly string[];
  readonly rule: readonly string[];
  readonly caDir: string;
  readonly upstreamCa: readonly string[];
  readonly connectTo: readonly string[];
  readonly allowPrivate: readonly string[];
  readonly allowEndpoint: readonly string[];
  readonly kubeconfig: readonly string[];
  readonly kubeContext: readonly string[];
  readonly talosconfig: readonly string[];
  readonly talosContext: readonly string[];
  readonly agentTokenFile?: string;
  readonly allowUnauthenticated: boolean;
  readonly limit: readonly string[];
  readonly via?: string;
  readonly drainTimeout: string;
  readonly logFormat: string;
  readonly auditFile?: string;
  readonly auditRequired: boolean;
}

/**
 * Checks the form of every value. A flag wins over what the configuration file says.
 *
 * @param context `defaultLimits` are the limits of which the flags say nothing.
 * @returns The configuration, and every problem there is with it: it counts only if there is none.
 */
export function readFlags(
  flags: Flags,
  { defaultLimits, file = noSections }: { defaultLimits: Limits; file?: FileConfig },
): { config: Config; problems: Problem[] } {
  const problems: Problem[] = [];

  function read<T>(flag: string, parse: () => T, fallback: T): T {
    try {
      return parse();
    } catch (error) {
      problems.push({ where: flag, message: error instanceof Error ? error.message : "malformed" });
      return fallback;
    }
  }

  function readAll<T>(
    flag: string,
    { texts, parse }: { texts: readonly string[]; parse: (text: string) => T },
  ): T[] {
    return texts.flatMap((text) => read(flag, () => [parse(text)], []));
  }

  const { limits, problems: limitProblems } = readLimits(flags.limit, defaultLimits);
  const { audit, problems: auditProblems } = readAudit(flags, file.audit);
  problems.push(...limitProblems, ...auditProblems);
  problems.push(
    ...fileless(flags.kubeContext, { flag: "--kube-context", files: flags.kubeconfig }),
    ...fileless(flags.talosContext, { flag: "--talos-context", files: flags.talosconfig }),
  );
  const { via, listenTls, adminSocket } = flags;

  function readListen(
    name: "listen" | "admin",
    { given, fallback }: { given: string | undefined; fallback: ListenAddress },
  ): ListenAddress {
    if (given === undefined) return file[name] ?? fallback;
    return read(`--${name}`, () => parseListenAddress(given), fallback);
  }

  const config: Config = {
    ...file,
    listen: readListen("listen", { given: flags.listen, fallback: defaultListen }),
    admin: readListen("admin", { given: flags.admin, fallback: defaultAdmin }),
    ...(listenTls === undefined
      ? {}
      : { listenTls: read("--listen-tls", () => parseListenAddress(listenTls), defaultListen) }),
    tlsClients: read("--tls-clients", () => parseTlsClients(flags.tlsClients), "certificate"),
    ...(adminSocket === undefined ? {} : { adminSocket }),
    envFiles: flags.envFile,
    secretsDirs: flags.secretsDir,
    rules: readAll<ParsedRuleFlag>("--rule", { texts: flags.rule, parse: parseRuleFlag }),
    caDir: flags.caDir,
    upstreamCaFiles: flags.upstreamCa,
    connectTo: readAll("--connect-to", { texts: flags.connectTo, parse: parseConnectTo }),
    allowPrivate: readAll("--allow-private", { texts: flags.allowPrivate, parse: parseCidr }),
    allowEndpoints: flags.allowEndpoint,
    kubeconfigs: [...new Set(flags.kubeconfig)],
    kubeContexts: flags.kubeContext,
    talosconfigs: [...new Set(flags.talosconfig)],
    talosContexts: flags.talosContext,
    ...(flags.agentTokenFile === undefined ? {} : { agentTokenFile: flags.agentTokenFile }),
    allowUnauthenticated: flags.allowUnauthenticated,
    limits,
    ...(via === undefined ? {} : { via: read("--via", () => parseVia(via), "") }),
    drainTimeout: read("--drain-timeout", () => parseSeconds(flags.drainTimeout), 0),
    logFormat: read("--log-format", () => parseLogFormat(flags.logFormat), "text"),
    audit,
  };
  return { config, problems };
}

const defaultListen: ListenAddress = { hostname: "127.0.0.1", port: 8080 };
const defaultAdmin: ListenAddress = { hostname: "127.0.0.1", port: 8081 };

/** Contexts that are named without a file that they could be in. */
function fileless(
  contexts: readonly string[],
  { flag, files }: { flag: string; files: readonly string[] },
): Problem[] {
  if (contexts.length === 0 || files.length > 0) return [];
  const file = flag === "--kube-context" ? "--kubeconfig" : "--talosconfig";
  return [{ where: flag, message: `Cannot tell where it is: give ${file} FILE too` }];
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
