import type { AuditSettings } from "../observe/audit_settings.ts";
import type { LogFormat } from "../observe/log.ts";
import type { ConnectTo } from "../policy/connect_to.ts";
import type { ParsedRuleFlag } from "../policy/rule_flag.ts";
import type { Limits } from "../proxy/limits.ts";
import type { Cidr } from "../wire/ip_address.ts";
import type { ListenAddress, TransparentAddress } from "./listen_address.ts";
import type { Settings } from "./merge_settings.ts";
import type { NamedProxies } from "./read_upstream_proxy.ts";
import type { FileConfig, FileSections } from "./settings.ts";

/** What the operator asked for, checked for form; files have not been read. */
export interface Config extends FileSections {
  /** The settings as they were found, and where; for people. */
  readonly settings: Settings;
  /** The sections of the file that have a language of their own, as they are written. */
  readonly written: FileConfig["written"];
  /** Where each limit was found that was said anywhere, by its name. */
  readonly limitOrigins: ReadonlyMap<string, string>;
  readonly listen: ListenAddress;
  readonly admin: ListenAddress;
  /** Where clients may speak TLS to the proxy. */
  readonly listenTls?: ListenAddress;
  /** What clients have to show there. */
  readonly tlsClients: "certificate" | "token";
  /** Where a firewall turns connections to that were meant for others. */
  readonly transparent: readonly TransparentAddress[];
  /** Names that clients call the listeners by, in canonical form. */
  readonly listenNames: readonly string[];
  /** The path of a unix socket that the admin API is served on too. */
  readonly adminSocket?: string;
  readonly envFiles: readonly string[];
  readonly secretsDirs: readonly string[];
  readonly rules: readonly ParsedRuleFlag[];
  readonly caDir: string;
  /** The CA of several proxies, which none of them makes. */
  readonly givenCa?: { readonly certificatePath: string; readonly keyPath: string };
  readonly upstreamCaFiles: readonly string[];
  /** The proxies between this one and the services. */
  readonly upstreamProxy: NamedProxies;
  readonly connectTo: readonly ConnectTo[];
  readonly allowPrivate: readonly Cidr[];
  /** Names of minting endpoints that clients may use. */
  readonly allowEndpoints: readonly string[];
  /** Paths of files of contexts, and the names of the contexts that are taken from them. */
  readonly kubeconfigs: readonly string[];
  readonly kubeContexts: readonly string[];
  readonly talosconfigs: readonly string[];
  readonly talosContexts: readonly string[];
  readonly agentTokenFile?: string;
  readonly adminTokenFile?: string;
  readonly allowUnauthenticated: boolean;
  readonly limits: Limits;
  /** What this proxy calls itself in Via; nothing is said there without it. */
  readonly via?: string;
  /** How long a stop goes on accepting, in milliseconds. */
  readonly drainDelay: number;
  /** Milliseconds. */
  readonly drainTimeout: number;
  readonly logFormat: LogFormat;
  readonly audit: AuditSettings;
}
