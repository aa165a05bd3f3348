/**
 * The settings that a flag, a variable and a key of the configuration file stand for. A flag wins over
 * a variable, that over the file, and that over the default. A list is replaced as a whole.
 *
 * @module
 */
import type { YamlPath } from "./yaml_tree.ts";

/** The values of the command line, as text; absent, or an empty list, where nothing was given. */
export interface Flags {
  readonly listen?: string;
  readonly admin?: string;
  readonly listenTls?: string;
  readonly tlsClients?: string;
  readonly transparent?: readonly string[];
  readonly listenName?: readonly string[];
  readonly adminSocket?: string;
  readonly envFile?: readonly string[];
  readonly secretsDir?: readonly string[];
  readonly rule?: readonly string[];
  readonly caDir?: string;
  readonly caCert?: string;
  readonly caKey?: string;
  readonly upstreamCa?: readonly string[];
  readonly upstreamProxy?: string;
  readonly upstreamNoProxy?: readonly string[];
  readonly upstreamProxyHosts?: readonly string[];
  readonly connectTo?: readonly string[];
  readonly allowPrivate?: readonly string[];
  readonly allowEndpoint?: readonly string[];
  readonly kubeconfig?: readonly string[];
  readonly kubeContext?: readonly string[];
  readonly talosconfig?: readonly string[];
  readonly talosContext?: readonly string[];
  readonly agentTokenFile?: string;
  readonly adminTokenFile?: string;
  readonly allowUnauthenticated?: boolean;
  readonly limit?: readonly string[];
  readonly via?: string;
  readonly drainDelay?: string;
  readonly drainTimeout?: string;
  readonly logFormat?: string;
  readonly auditFile?: string;
  readonly auditRequired?: boolean;
}

type KeyOfKind<T> = {
  [Key in keyof Flags]-?: Required<Flags>[Key] extends T ? Key : never;
}[keyof Flags];

export type TextName = KeyOfKind<string>;
export type ListName = KeyOfKind<readonly string[]>;
export type SwitchName = KeyOfKind<boolean>;
export type SettingName = keyof Flags;

/** One setting. */
export interface SettingRow {
  readonly kind: "text" | "list" | "switch";
  readonly flag: string;
  /** Where it stands in the file; absent where the file has a language of its own for it. */
  readonly key?: YamlPath;
  /** Whether it names files: those in the configuration file are taken from its folder. */
  readonly isPath?: true;
}

const text = (flag: string, rest: Partial<SettingRow> = {}): SettingRow => ({
  kind: "text",
  flag,
  ...rest,
});
const list = (flag: string, rest: Partial<SettingRow> = {}): SettingRow => ({
  kind: "list",
  flag,
  ...rest,
});
const toggle = (flag: string, rest: Partial<SettingRow> = {}): SettingRow => ({
  kind: "switch",
  flag,
  ...rest,
});

export const settingTable: Readonly<Record<SettingName, SettingRow>> = {
  listen: text("--listen", { key: ["listen"] }),
  admin: text("--admin", { key: ["admin"] }),
  listenTls: text("--listen-tls", { key: ["listen_tls"] }),
  tlsClients: text("--tls-clients", { key: ["tls_clients"] }),
  transparent: list("--transparent", { key: ["transparent"] }),
  listenName: list("--listen-name", { key: ["listen_names"] }),
  adminSocket: text("--admin-socket", { key: ["admin_socket"], isPath: true }),
  envFile: list("--env-file", { key: ["env_files"], isPath: true }),
  secretsDir: list("--secrets-dir", { key: ["secrets_dirs"], isPath: true }),
  rule: list("--rule"),
  caDir: text("--ca-dir", { key: ["ca_dir"], isPath: true }),
  caCert: text("--ca-cert", { key: ["ca_cert"], isPath: true }),
  caKey: text("--ca-key", { key: ["ca_key"], isPath: true }),
  upstreamCa: list("--upstream-ca", { key: ["upstream_ca"], isPath: true }),
  upstreamProxy: text("--upstream-proxy", { key: ["upstream_proxy", "url"] }),
  upstreamNoProxy: list("--upstream-no-proxy", { key: ["upstream_proxy", "no_proxy"] }),
  upstreamProxyHosts: list("--upstream-proxy-hosts", { key: ["upstream_proxy", "hosts"] }),
  connectTo: list("--connect-to", { key: ["connect_to"] }),
  allowPrivate: list("--allow-private", { key: ["allow_private"] }),
  allowEndpoint: list("--allow-endpoint", { key: ["allow_endpoints"] }),
  kubeconfig: list("--kubeconfig", {
    key: ["services", "kubernetes", "kubeconfigs"],
    isPath: true,
  }),
  kubeContext: list("--kube-context", { key: ["services", "kubernetes", "contexts"] }),
  talosconfig: list("--talosconfig", { key: ["services", "talos", "talosconfigs"], isPath: true }),
  talosContext: list("--talos-context", { key: ["services", "talos", "contexts"] }),
  agentTokenFile: text("--agent-token-file", { key: ["agent_token_file"], isPath: true }),
  adminTokenFile: text("--admin-token-file", { key: ["admin_token_file"], isPath: true }),
  allowUnauthenticated: toggle("--allow-unauthenticated", { key: ["allow_unauthenticated"] }),
  limit: list("--limit"),
  via: text("--via", { key: ["via"] }),
  drainDelay: text("--drain-delay", { key: ["drain_delay"] }),
  drainTimeout: text("--drain-timeout", { key: ["drain_timeout"] }),
  logFormat: text("--log-format", { key: ["log_format"] }),
  auditFile: text("--audit-file", { key: ["audit", "file"] }),
  auditRequired: toggle("--audit-required", { key: ["audit", "required"] }),
};

export const settingNames = Object.keys(settingTable) as readonly SettingName[];

/** The variable of the environment that stands for a flag: `--env-file` → `AUTH_PROXY_ENV_FILE`. */
export function variableOf({ flag }: Pick<SettingRow, "flag">): string {
  return `AUTH_PROXY_${flag.slice(2).toUpperCase().replaceAll("-", "_")}`;
}
