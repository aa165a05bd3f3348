import type { ProxyHop } from "../policy/proxy_hop.ts";
import { parseProxyBypass, type ProxyBypass, splitBypasses } from "../policy/proxy_bypass.ts";
import { parseProxyUrl, type ProxyUrl } from "../policy/proxy_url.ts";
import type { UpstreamProxySettings } from "../policy/upstream_proxies.ts";
import type { Problem } from "../secrets/problem.ts";
import { parseSecretValue, type Secret } from "../secrets/secret.ts";
import type { Settings, Sourced } from "./merge_settings.ts";

/** Another proxy as it was named; a password is a secret, or the name of one. */
export interface NamedHop extends Pick<ProxyHop, "scheme" | "authority" | "source"> {
  readonly login?: { readonly user: string; readonly password: Secret | string };
}

/** Which destinations are reached through another proxy, as the operator said it. */
export interface NamedProxies extends UpstreamProxySettings<NamedHop> {
  /** Entries of NO_PROXY that nobody can read, and why. */
  readonly ignored: readonly Problem[];
}

/** What is not a URL. */
const words = ["none", "environment"];

/**
 * Reads which proxy services are reached through: that of the settings, else those of the environment
 * (HTTPS_PROXY for what is over TLS, HTTP_PROXY for what is in clear, NO_PROXY), as curl does; a
 * lower-case name wins.
 *
 * @param options `problems` gets what must be mended; none quotes a password.
 */
export function readUpstreamProxy(
  settings: Settings,
  { environment, problems }: {
    environment: Readonly<Record<string, string>>;
    problems: Problem[];
  },
): NamedProxies {
  const { upstreamProxy: url, upstreamNoProxy: except, upstreamProxyHosts: hosts } = settings;
  const only = hosts === undefined ? {} : { only: readEntries(hosts, problems) };
  const bypass = except === undefined ? undefined : readEntries(except, problems);
  if (url?.value === "none") return { bypass: [], ignored: [] };
  if (url !== undefined && !words.includes(url.value)) {
    const hop = readHop(url, { passwordOf: variableIn, problems });
    const always = hop === undefined ? {} : { https: hop, http: hop };
    return { ...always, bypass: bypass ?? [], ...only, ignored: [] };
  }
  const find = (name: string) => findVariable(environment, name);
  const [forTls, inClear] = [find("https_proxy"), find("http_proxy")];
  const isOne = forTls !== undefined && forTls.value === inClear?.value;
  const both = isOne ? { ...forTls, origin: `${forTls.origin} and ${inClear.origin}` } : forTls;
  const https = readVariable(both, problems);
  const http = isOne ? https : readVariable(inClear, problems);
  const exceptions = bypass === undefined ? readNoProxy(find("no_proxy")) : undefined;
  return {
    ...(https === undefined ? {} : { https }),
    ...(http === undefined ? {} : { http }),
    bypass: bypass ?? exceptions?.bypass ?? [],
    ...only,
    ignored: exceptions?.ignored ?? [],
  };
}

/** The names of the secrets that proxies are logged in to with. */
export function proxySecretNames({ https, http }: NamedProxies): string[] {
  return [https, http].flatMap((hop) => {
    const password = hop?.login?.password;
    return typeof password === "string" ? [password] : [];
  });
}

function findVariable(
  environment: Readonly<Record<string, string>>,
  name: string,
): Sourced<string> | undefined {
  for (const origin of [name, name.toUpperCase()]) {
    const value = environment[origin]?.trim() ?? "";
    if (value !== "") return { value, origin };
  }
  return undefined;
}

function readVariable(
  found: Sourced<string> | undefined,
  problems: Problem[],
): NamedHop | undefined {
  if (found === undefined) return undefined;
  const { value, origin } = found;
  const url = value.includes("://") ? value : `http://${value}`;
  return readHop({ value: url, origin }, {
    passwordOf: (password) => {
      const parsed = parseSecretValue(origin, password);
      if ("secret" in parsed) return parsed.secret;
      throw new Error(`its password ${parsed.refusal}`);
    },
    hint: "; or start with --upstream-proxy none",
    problems,
  });
}

/** A flag is seen by every process of this machine, and a file is copied about. */
function variableIn(password: string): string {
  const [, name] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(password) ?? [];
  if (name !== undefined) return name;
  throw new Error("write the password as ${NAME}, the name of a variable or a secret");
}

function readHop(
  { value, origin }: Sourced<string>,
  { passwordOf, hint = "", problems }: {
    passwordOf: (password: string) => Secret | string;
    hint?: string;
    problems: Problem[];
  },
): NamedHop | undefined {
  try {
    const { login, ...where }: ProxyUrl = parseProxyUrl(value);
    const hop = { ...where, source: origin };
    if (login === undefined) return hop;
    return { ...hop, login: { user: login.user, password: passwordOf(login.password) } };
  } catch (error) {
    const why = error instanceof Error ? error.message : "it is malformed";
    problems.push({ where: origin, message: `Cannot go through this proxy: ${why}${hint}` });
    return undefined;
  }
}

function readEntries(
  { value, origin }: Sourced<readonly string[]>,
  problems: Problem[],
): ProxyBypass[] {
  const read = value.flatMap(splitBypasses).map((text) => readEntry(text, origin));
  problems.push(...read.flatMap(({ problem }) => problem ?? []));
  return read.flatMap(({ entry }) => entry ?? []);
}

/** Others read that variable too, and each knows forms that the rest does not. */
function readNoProxy(
  found: Sourced<string> | undefined,
): Pick<NamedProxies, "bypass" | "ignored"> {
  if (found === undefined) return { bypass: [], ignored: [] };
  const read = splitBypasses(found.value).map((text) => readEntry(text, found.origin));
  return {
    bypass: read.flatMap(({ entry }) => entry ?? []),
    ignored: read.flatMap(({ problem }) => problem ?? []),
  };
}

function readEntry(
  text: string,
  where: string,
): { readonly entry?: ProxyBypass; readonly problem?: Problem } {
  try {
    return { entry: parseProxyBypass(text) };
  } catch (error) {
    return { problem: { where, message: error instanceof Error ? error.message : "malformed" } };
  }
}
