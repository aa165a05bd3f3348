/**
 * Our proxy behind another one: what it dials is that proxy, which alone knows where services are.
 *
 * @module
 */

import { ConnectProxy, type ConnectProxyOptions } from "./connect_proxy.ts";
import { Lab } from "./lab.ts";
import { hostOf, RawClient } from "./proxy_client.ts";
import type { ProxyOptions, ProxyProcess } from "./proxy_process.ts";
import { type Handler, Upstream } from "./upstream.ts";

export const login = "me:password-of-the-hop";

/** How our proxy speaks to the other one. */
export type HopScheme = "http" | "https";

export interface BehindProxy extends AsyncDisposable {
  readonly lab: Lab;
  readonly hop: ConnectProxy;
  readonly proxy: ProxyProcess;
  readonly ca: string;
  /** The variable that names the hop, with the login in it. */
  readonly url: string;
  /** A connection inside TLS, decrypted by ours. */
  open(target: string): Promise<RawClient>;
}

export interface BehindProxyOptions extends ProxyOptions {
  readonly scheme?: HopScheme;
  readonly hop: Omit<ConnectProxyOptions, "certificate">;
  /** Does without HTTPS_PROXY and HTTP_PROXY. */
  readonly unnamed?: boolean;
}

/** Starts another proxy and ours behind it, which is told of it by HTTPS_PROXY and HTTP_PROXY. */
export async function behindProxy(
  lab: Lab,
  { scheme = "http", hop: hopOptions, unnamed, ...options }: BehindProxyOptions,
): Promise<BehindProxy> {
  await using stack = new AsyncDisposableStack();
  const certificate = await lab.root.issue({ names: ["127.0.0.1"] });
  const hop = stack.use(
    new ConnectProxy({ ...hopOptions, ...(scheme === "https" ? { certificate } : {}) }),
  );
  const user = hopOptions.login === undefined ? "" : `${hopOptions.login}@`;
  const url = `${scheme}://${user}${hop.address}`;
  // Deno itself would ask through the proxy whether it is the newest.
  const env = {
    DENO_NO_UPDATE_CHECK: "1",
    ...(unnamed ? {} : { HTTPS_PROXY: url, HTTP_PROXY: url }),
    ...options.env,
  };
  const proxy = await lab.proxy({ ...options, env });
  const ca = await Deno.readTextFile(proxy.caFile);
  const owned = stack.move();
  return {
    ...{ lab, hop, proxy, ca, url },
    open: (target) => RawClient.tunnel(proxy.url, { target, ca }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A TLS service that only the other proxy can find. */
export async function hiddenUpstream(
  lab: Lab,
  { authority, handler }: { authority: string; handler: Handler },
): Promise<Upstream> {
  const certificate = await lab.root.issue({ names: [hostOf(authority)] });
  return Upstream.listen({ certificate, handler });
}
