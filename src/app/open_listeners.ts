import type { CertificateAuthority } from "../ca/certificate_authority.ts";
import type { Config } from "../config/config.ts";
import { formatListenAddress, type TransparentAddress } from "../config/listen_address.ts";
import type { Log } from "../observe/log.ts";
import type { AgentGate } from "../proxy/agent_gate.ts";
import type { AgentGates } from "../proxy/agent_gates.ts";
import { bind, listenerUrl } from "../proxy/bind.ts";
import type { ProxyContext } from "../proxy/context.ts";
import type { Speaks } from "../proxy/ingress.ts";
import type { Listener } from "../proxy/listener.ts";
import type { OwnListeners } from "../proxy/own_listeners.ts";
import { openTlsIngress } from "../proxy/tls_ingress.ts";
import { StartError } from "../secrets/start_error.ts";

export interface ListenerWorld {
  readonly listener: Listener;
  readonly ca: CertificateAuthority;
  readonly agents: AgentGates;
  readonly ownListeners: OwnListeners;
  readonly privateFolder: string;
  /** What is in force, with a gate of one's own. */
  readonly contextWith: (gate: AgentGate) => () => ProxyContext;
  readonly log: Log;
}

/** Where clients are awaited. */
export interface ListenerUrls {
  readonly proxyUrl: string;
  readonly tlsUrl: string | undefined;
  readonly transparent: readonly TransparentAddress[];
}

/**
 * Opens everything that clients connect to.
 *
 * @throws {StartError} If something cannot be opened, or nobody could use it.
 */
export async function openListeners(config: Config, world: ListenerWorld): Promise<ListenerUrls> {
  const { listen, listenTls, tlsClients, transparent } = config;
  const { agents } = world;
  const proxyPort = await open(listen, {
    ...{ flag: "--listen", gate: agents.proxyGate, world },
    speaks: {
      kind: "anything",
      tls: await openTls(listen.hostname, { clients: "either", config, world }),
    },
  });
  let tlsUrl: string | undefined;
  if (listenTls !== undefined) {
    const tlsPort = await open(listenTls, {
      ...{ flag: "--listen-tls", gate: agents.tlsGate, world },
      speaks: {
        kind: "tls",
        tls: await openTls(listenTls.hostname, { clients: tlsClients, config, world }),
      },
    });
    tlsUrl = listenerUrl({ ...listenTls, port: tlsPort }, "https");
  }
  const opened: TransparentAddress[] = [];
  for (const address of transparent) {
    const gate = agents.gateAt(address.hostname);
    if (!gate.admitsSilent) throw new StartError([unusable(formatListenAddress(address))]);
    const speaks = { kind: "transparent", originalPort: address.originalPort } as const;
    const port = await open(address, { flag: "--transparent", gate, world, speaks });
    opened.push({ ...address, port });
  }
  const proxyUrl = listenerUrl({ ...listen, port: proxyPort });
  return { proxyUrl, tlsUrl, transparent: opened };
}

async function open(
  address: { readonly hostname: string; readonly port: number },
  { flag, gate, world: { listener, ownListeners, contextWith }, speaks }: {
    flag: string;
    gate: AgentGate;
    world: ListenerWorld;
    speaks: Speaks;
  },
): Promise<number> {
  const context = contextWith(gate);
  const port = await bind(flag, address, (at) => listener.listen(at, { context, speaks }));
  // At once: whoever connects from now on must not be able to come back here through us.
  ownListeners.add(port);
  return port;
}

function openTls(
  hostname: string,
  {
    clients,
    config: { listenNames: names },
    world: { ca: issuer, privateFolder, ownListeners, log },
  }: {
    clients: "certificate" | "either" | "token";
    config: Config;
    world: ListenerWorld;
  },
) {
  return openTlsIngress(hostname, {
    ...{ issuer, names, privateFolder, clients, ownListeners, log },
  });
}

function unusable(address: string) {
  return {
    where: "--transparent",
    message: `nobody could use ${address}: who is turned there cannot show a token; name agents ` +
      "by their addresses (agents: NAME: { addresses: [10.1.0.7] } in the configuration file), or " +
      "start with --allow-unauthenticated",
  };
}
