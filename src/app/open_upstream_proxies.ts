import type { Config } from "../config/config.ts";
import type { NamedHop, NamedProxies } from "../config/read_upstream_proxy.ts";
import { formatHop, type ProxyHop, proxyHop } from "../policy/proxy_hop.ts";
import { UpstreamProxies } from "../policy/upstream_proxies.ts";
import { OwnListeners } from "../proxy/own_listeners.ts";
import { Resolver } from "../proxy/resolver.ts";
import type { Problem } from "../secrets/problem.ts";
import type { Secret } from "../secrets/secret.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import type { StartupNote } from "../services/draft.ts";

/**
 * Makes the proxies between this one and the services of what the configuration says.
 *
 * @param secretOf Gives a secret by its name, or says why there is none.
 * @param problems Gets what must be mended.
 */
export function openUpstreamProxies(
  { upstreamProxy, connectTo }: Pick<Config, "upstreamProxy" | "connectTo">,
  { secretOf, problems }: { secretOf: (name: string) => Secret | string; problems: Problem[] },
): UpstreamProxies {
  const { https: named, http: namedInClear, ignored: _, ...rest } = upstreamProxy;
  const https = openHop(named, { secretOf, problems });
  const http = namedInClear === named ? https : openHop(namedInClear, { secretOf, problems });
  return new UpstreamProxies({
    ...rest,
    ...(https === undefined ? {} : { https }),
    ...(http === undefined ? {} : { http }),
  }, { connectTo });
}

/** Looks a proxy's password up among the secrets that are read when the configuration is. */
export function secretIn(store: SecretStore): (name: string) => Secret | string {
  return (name) =>
    store.get(name)?.secret ?? store.refusal(name)?.message ?? store.missing(name) ??
      (store.live(name) === undefined
        ? `${name} is not set`
        : `${name} is obtained when it is needed, maybe through this proxy: take a secret from a ` +
          "variable or a file");
}

function openHop(
  named: NamedHop | undefined,
  { secretOf, problems }: { secretOf: (name: string) => Secret | string; problems: Problem[] },
): ProxyHop | undefined {
  if (named?.login === undefined) return named && proxyHop(named);
  const { user, password } = named.login;
  const secret = typeof password === "string" ? secretOf(password) : password;
  const fail = (why: string) => {
    problems.push({ where: named.source, message: `Cannot log in to ${formatHop(named)}: ${why}` });
    return undefined;
  };
  if (typeof secret === "string") return fail(secret);
  try {
    return proxyHop(named, { user, password: secret });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return fail("its user or password cannot stand in Basic credentials");
  }
}

/**
 * Finds proxies that are this one: whoever has set HTTPS_PROXY for clients of ours in the shell that we
 * are started from would have us call ourselves.
 */
export async function findOwnProxies(
  { hops }: UpstreamProxies,
  { listen, listenTls, admin }: Pick<Config, "listen" | "listenTls" | "admin">,
): Promise<Problem[]> {
  const own = new OwnListeners();
  for (const { port } of [listen, admin, ...listenTls === undefined ? [] : [listenTls]]) {
    if (port !== 0) own.add(port);
  }
  const isOwn = async ({ authority: { host, kind, port } }: ProxyHop) => {
    if (!own.usesPort(port)) return false;
    // What does not resolve now is looked at again whenever it is dialled.
    const addresses = kind === "name" ? await new Resolver().resolve(host).catch(() => []) : [host];
    return addresses.some((address) => own.includes(address, port));
  };
  const found = await Promise.all(hops.map(async (hop) => await isOwn(hop) ? [hop] : []));
  return found.flat().map((hop) => ({
    where: hop.source,
    message: `Cannot go through ${formatHop(hop)}: that is a listener of this proxy, which would ` +
      `call itself; unset ${hop.source} for it, or start with --upstream-proxy none`,
  }));
}

/** What start-up tells a person about them. */
export function upstreamProxyNotes(
  { hops }: UpstreamProxies,
  { ignored }: NamedProxies,
): StartupNote[] {
  return [
    ...hops.map((hop): StartupNote => ({
      kind: "active",
      subject: "upstream proxy",
      message: `${formatHop(hop)}${
        hop.login === undefined ? "" : ", with a login"
      } (${hop.source})`,
    })),
    ...ignored.map(({ where, message }): StartupNote => ({
      kind: "notice",
      subject: where,
      message: `${message}; the entry is ignored`,
    })),
  ];
}
