import { Document, isMap, isScalar, Scalar } from "yaml";
import type { Limits } from "../proxy/limits.ts";
import { formatHostPattern } from "../policy/host_pattern.ts";
import { formatHop } from "../policy/proxy_hop.ts";
import { formatHost, parseHost } from "../wire/authority.ts";
import type { ParsedRuleFlag } from "../policy/rule_flag.ts";
import { formatListenAddress } from "./listen_address.ts";
import type { Config } from "./config.ts";
import { formatLimit, limitTable } from "./limit_table.ts";
import { withAbsolutePaths } from "./absolute_paths.ts";
import { settingNames, settingTable } from "./setting_table.ts";

const DEFAULT = "default";

/**
 * Writes a configuration as the file that would say the same, with the origin of each value as a
 * comment. No secret is in it: a configuration names them.
 *
 * @param options `folder` is that of the configuration file, `defaultLimits` are those of which nothing
 *   was said.
 */
export function writtenConfig(
  config: Config,
  { folder, defaultLimits }: { folder: string; defaultLimits: Limits },
): string {
  const document = new Document({});
  const put = (path: readonly string[], { value, origin }: { value: unknown; origin: string }) => {
    document.setIn(path, document.createNode(value));
    annotate(document, { path, origin });
  };
  for (const [path, value, origin = DEFAULT] of defaults(config)) put(path, { value, origin });
  for (const [key, { value, origin }] of config.written) {
    if (key === "rules" || key === "limits") continue;
    put([key], { value: withAbsolutePaths(value, folder), origin });
  }
  const rules = writtenRules(config, folder);
  if (rules.length > 0) put(["rules"], { value: rules, origin: rulesOrigin(config) });
  for (const name of settingNames) {
    const { key } = settingTable[name];
    const found = config.settings[name];
    if (key === undefined || found === undefined) continue;
    const path = key.map(String);
    const parent = path.slice(0, -1);
    // `kubernetes: true` makes room for options.
    if (parent.length > 0 && !isMap(document.getIn(parent, true))) {
      document.setIn(parent, document.createNode({}));
    }
    put(path, found);
  }
  for (const row of limitTable) {
    const value = row.read(config.limits);
    const origin = config.limitOrigins.get(row.name) ??
      (value === row.read(defaultLimits) ? DEFAULT : "--limit");
    put(["limits", row.name], { value: formatLimit(value, row.unit), origin });
  }
  return document.toString({ lineWidth: 0 });
}

/** What holds where nothing was said, as far as there is a value for it. */
function defaults(config: Config): [string[], unknown, string?][] {
  return [
    [["listen"], formatListenAddress(config.listen)],
    [["admin"], formatListenAddress(config.admin)],
    [["ca_dir"], config.caDir],
    [["drain_timeout"], String(config.drainTimeout / 1000)],
    [["log_format"], config.logFormat],
    ...proxyOfEnvironment(config),
  ];
}

/** Where the environment names proxies: their passwords are nobody else's to read. */
function proxyOfEnvironment(
  { upstreamProxy: { https, http }, settings }: Config,
): [string[], unknown, string?][] {
  if (settings.upstreamProxy !== undefined) return [];
  const named = [...new Set([https, http])].filter((hop) => hop !== undefined);
  if (named.length === 0) return [];
  const origin = named.map((hop) => `${hop.source}: ${formatHop(hop)}`).join(", ");
  return [[["upstream_proxy", "url"], "environment", origin]];
}

/** A `--rule` wins over a rule of the file for the same hosts: that one is left out. */
function writtenRules({ rules, fileRules, written }: Config, folder: string): unknown[] {
  const taken = new Set(rules.map(({ pattern }) => formatHostPattern(pattern)));
  const ofFile = written.get("rules")?.value;
  const kept = Array.isArray(ofFile)
    ? ofFile.filter((_, index) => {
      const rule = fileRules[index];
      return rule !== undefined && !taken.has(formatHostPattern(rule.pattern));
    })
    : [];
  return [...rules.map(writtenRule), ...kept.map((rule) => withAbsolutePaths(rule, folder))];
}

function writtenRule({ pattern, field: { name, format, variable } }: ParsedRuleFlag): unknown {
  const { port, host, kind } = pattern;
  const match = {
    host: kind === "suffix" ? `*.${host}` : formatHost(parseHost(host)),
    ...(port === 443 ? {} : { port }),
  };
  const secret = "${" + variable + "}";
  if (format.kind === "basic") {
    return { match, inject: { basic: { user: format.user, password: secret } } };
  }
  return {
    match,
    inject: { headers: { [name]: `${format.prefix}${secret}${format.suffix ?? ""}` } },
  };
}

function rulesOrigin({ rules, written }: Config): string {
  return [
    ...rules.length > 0 ? ["--rule"] : [],
    ...written.get("rules")?.origin === undefined ? [] : [written.get("rules")?.origin],
  ].join(", ");
}

/** Puts the origin beside a value of one line, and above one of several. */
function annotate(
  document: Document,
  { path, origin }: { path: readonly string[]; origin: string },
): void {
  const node = document.getIn(path, true);
  if (isScalar(node)) {
    node.comment = ` ${origin}`;
    return;
  }
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return;
  for (const pair of parent.items) {
    const key = isScalar(pair.key) ? pair.key.value : pair.key;
    if (key !== path.at(-1)) continue;
    const commented = new Scalar(key);
    commented.commentBefore = ` ${origin}`;
    pair.key = commented;
  }
}
