import { CaError } from "../ca/ca_error.ts";
import { ClientAuthority } from "../ca/client_authority.ts";
import { LeafCache } from "../ca/leaf_cache.ts";
import type { LeafIssuer } from "../ca/leaf_signer.ts";
import { PrivateFileError } from "../ca/private_files.ts";
import type { Log } from "../observe/log.ts";
import { StartError } from "../secrets/start_error.ts";
import { type Host, parseHost } from "../wire/authority.ts";
import { isLoopback } from "../wire/loopback.ts";
import type { SocketDownstream } from "./context.ts";
import { listenerHosts } from "./listener_hosts.ts";
import type { OwnListeners } from "./own_listeners.ts";
import type { SocketStream } from "./socket_stream.ts";
import { acceptCertifiedClient, acceptTlsClient } from "./tls_server.ts";
import type { Front } from "./front.ts";

/** A client on whose connection TLS is spoken. */
export type SecuredClient = Pick<SocketDownstream, "stream" | "certificate">;

/** TLS with clients that know that they speak to a proxy. */
export interface TlsIngress {
  /** Whether a ClientHello with this name in SNI, or none, asks for the proxy itself. */
  isFor(serverName: string | undefined): boolean;
  /** How the proxy itself is called here. */
  readonly front: Front;
  /**
   * Takes part in the handshake.
   *
   * @param stream Has been read up to the ClientHello, and is used up.
   * @returns `undefined` if it failed.
   */
  secure(stream: SocketStream, peer: string): Promise<SecuredClient | undefined>;
}

export interface TlsIngressOptions {
  /** Vouches for the listener's own certificate. */
  readonly issuer: LeafIssuer;
  /** Names that clients call the listener by, beside the usual ones. */
  readonly names: readonly string[];
  /** Where the CA lies that vouches for the clients' certificates. */
  readonly privateFolder: string;
  /** Whether clients have to show a certificate, may, or have to show a token later. */
  readonly clients: "certificate" | "either" | "token";
  readonly ownListeners: OwnListeners;
  readonly log: Log;
}

/**
 * Gets ready what a listener does with clients that speak TLS to it: the handshake, under a certificate
 * for all that it is called by, and a look at the client's own certificate.
 *
 * @throws {StartError} If the client CA is needed and cannot be used.
 */
export async function openTlsIngress(
  hostname: string,
  { issuer, names, privateFolder, clients, ownListeners, log }: TlsIngressOptions,
): Promise<TlsIngress> {
  const now = () => Date.now();
  const hosts = listenerHosts(hostname, names);
  const [host = "localhost", ...alternatives] = hosts;
  const leaves = new LeafCache({ issuer, now, capacity: 1, alternatives });
  const own = new Set(hosts);
  const demanded = clients === "certificate" ? await openAuthority(privateFolder, now) : undefined;
  let known: ClientAuthority | undefined;

  /**
   * On a network a listener has names that nobody has told us. On loopback, a name that we do not know is
   * one that a web page has had changed to lead here.
   */
  function knows({ host }: Pick<Host, "host">): boolean {
    return !isLoopback(hostname) || own.has(host);
  }

  /** Who has never issued a certificate asks for none: a browser would have its user choose one. */
  async function authority(): Promise<ClientAuthority | undefined> {
    if (clients === "token") return undefined;
    return known ??= demanded ?? await ClientAuthority.openExisting(privateFolder, now);
  }

  async function secure(stream: SocketStream, peer: string): Promise<SecuredClient | undefined> {
    try {
      const { secureContext } = await leaves.get(host);
      const verifier = await authority();
      if (verifier === undefined) return { stream: await acceptTlsClient(stream, secureContext) };
      const accepted = await acceptCertifiedClient(stream, {
        secureContext,
        mayShowNone: clients === "either",
      });
      const { certificate } = accepted;
      return certificate === undefined
        ? { stream: accepted.stream }
        : { stream: accepted.stream, certificate: verifier.verify(certificate) };
    } catch (error) {
      log.info("handshake failed", {
        client: peer,
        reason: error instanceof Error ? error.message : "unknown",
      });
      return undefined;
    }
  }

  return {
    secure,
    front: {
      knows,
      isAt: ({ host, kind, port }) =>
        kind === "name"
          ? ownListeners.usesPort(port) && knows({ host })
          : ownListeners.includes(host, port),
    },
    isFor: (serverName) => {
      if (serverName === undefined) return true;
      const { host, kind } = parseHost(serverName);
      return kind !== "name" || own.has(host);
    },
  };
}

async function openAuthority(privateFolder: string, now: () => number): Promise<ClientAuthority> {
  try {
    return await ClientAuthority.open(privateFolder, now);
  } catch (error) {
    if (!(error instanceof CaError || error instanceof PrivateFileError)) throw error;
    throw new StartError([{ where: "--listen-tls", message: error.message }]);
  }
}
