import type { Authority } from "../wire/authority.ts";
import { isLoopback } from "../wire/loopback.ts";
import { type ConnectTo, routeConnectTo } from "./connect_to.ts";
import type { Credential } from "./inject.ts";
import { matchesProxyBypass, type ProxyBypass } from "./proxy_bypass.ts";
import type { ProxyHop } from "./proxy_hop.ts";

/** Which destinations are reached through another proxy, and through which. */
export interface UpstreamProxySettings<Hop = ProxyHop> {
  /** For what is spoken to over TLS, and for tunnels. */
  readonly https?: Hop;
  /** For what is spoken to in clear. */
  readonly http?: Hop;
  /** What is reached directly all the same. */
  readonly bypass: readonly ProxyBypass[];
  /** What alone goes through the proxy, if not everything does. */
  readonly only?: readonly ProxyBypass[];
}

/** The proxies between this one and the services. */
export class UpstreamProxies {
  readonly #settings: UpstreamProxySettings;
  readonly #connectTo: readonly ConnectTo[];

  /** @param options What `connectTo` names is dialled where that says, so not through a proxy. */
  constructor(
    settings: UpstreamProxySettings,
    { connectTo = [] }: { connectTo?: readonly ConnectTo[] } = {},
  ) {
    this.#settings = settings;
    this.#connectTo = connectTo;
  }

  /** Every proxy that something may go through, each once. */
  get hops(): readonly ProxyHop[] {
    const { https, http } = this.#settings;
    return [...new Set([https, http].filter((hop) => hop !== undefined))];
  }

  /** What their answers may repeat. */
  get credentials(): readonly Credential[] {
    return this.hops.flatMap(({ login }) => login?.credential ?? []);
  }

  /** What a connection goes through; `undefined` if the destination is reached directly. */
  hopFor(
    { scheme, authority }: { readonly scheme: "http" | "https"; readonly authority: Authority },
  ): ProxyHop | undefined {
    const hop = this.#settings[scheme];
    if (hop === undefined || isOfThisMachine(authority)) return undefined;
    const { bypass, only } = this.#settings;
    const names = (entry: ProxyBypass) => matchesProxyBypass(entry, authority);
    if (bypass.some(names) || only !== undefined && !only.some(names)) return undefined;
    return routeConnectTo(authority, this.#connectTo) === undefined ? hop : undefined;
  }
}

/** Another proxy would take it for itself. */
function isOfThisMachine({ host, kind }: Authority): boolean {
  return isLoopback(host) || kind === "name" && host.endsWith(".localhost");
}

export const noUpstreamProxies: UpstreamProxies = new UpstreamProxies({ bypass: [] });
