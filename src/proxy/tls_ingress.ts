import type { Socket } from "node:net";
import { CaError } from "../ca/ca_error.ts";
import { ClientAuthority } from "../ca/client_authority.ts";
import { LeafCache } from "../ca/leaf_cache.ts";
import type { LeafIssuer } from "../ca/leaf_signer.ts";
import { PrivateFileError } from "../ca/private_files.ts";
import type { Log } from "../observe/log.ts";
import { StartError } from "../secrets/start_error.ts";
import type { Secure, SecuredClient } from "./client_connection.ts";
import { listenerHosts } from "./listener_hosts.ts";
import { acceptCertifiedClient, acceptTlsClient } from "./tls_server.ts";

export interface TlsIngressOptions {
  /** Vouches for the listener's own certificate. */
  readonly issuer: LeafIssuer;
  /** Where the CA lies that vouches for the clients' certificates. */
  readonly privateFolder: string;
  /** Whether clients have to show a certificate, or a token later. */
  readonly clients: "certificate" | "token";
  readonly log: Log;
}

/**
 * Gets ready what a TLS listener does with a new connection: the handshake, under a certificate for
 * all that the listener is called by, and a look at the client's own certificate.
 *
 * @throws {StartError} If the client CA cannot be used.
 */
export async function openTlsIngress(
  hostname: string,
  { issuer, privateFolder, clients, log }: TlsIngressOptions,
): Promise<Secure> {
  const now = () => Date.now();
  const [host = "localhost", ...alternatives] = listenerHosts(hostname);
  const leaves = new LeafCache({ issuer, now, capacity: 1, alternatives });
  const authority = clients === "certificate" ? await openAuthority(privateFolder, now) : undefined;

  async function secure(socket: Socket): Promise<SecuredClient | undefined> {
    const peer = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
    // TLS hears of an error by its own way, but one without a listener is fatal.
    socket.on("error", () => {});
    try {
      const { secureContext } = await leaves.get(host);
      if (authority === undefined) return { stream: await acceptTlsClient(socket, secureContext) };
      const { stream, certificate } = await acceptCertifiedClient(socket, secureContext);
      return { stream, certificate: authority.verify(certificate) };
    } catch (error) {
      log.info("handshake failed", {
        client: peer,
        reason: error instanceof Error ? error.message : "unknown",
      });
      return undefined;
    }
  }

  return secure;
}

async function openAuthority(privateFolder: string, now: () => number): Promise<ClientAuthority> {
  try {
    return await ClientAuthority.open(privateFolder, now);
  } catch (error) {
    if (!(error instanceof CaError || error instanceof PrivateFileError)) throw error;
    throw new StartError([{ where: "--listen-tls", message: error.message }]);
  }
}
