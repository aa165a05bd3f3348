/**
 * TLS in front of an upstream in clear, for those alone who show a client certificate of one CA.
 *
 * @module
 */

import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { fingerprintOf } from "./certificate_server.ts";
import type { ServerCertificate } from "./test_pki.ts";

export interface CertificateFrontOptions {
  readonly certificate: ServerCertificate;
  /** PEM: whose clients are let through. */
  readonly clientCa: string;
  /** `HOST:PORT` of what is behind. */
  readonly upstream: string;
}

export class CertificateFront implements AsyncDisposable {
  /** SHA-256 of the certificates that were shown, one for each connection. */
  readonly shown: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();

  private constructor(server: Server, upstream: string) {
    this.#server = server;
    const [host = "", port = ""] = upstream.split(":");
    server.on("secureConnection", (socket) => {
      const raw = socket.getPeerX509Certificate()?.toString() ?? "";
      this.shown.push(fingerprintOf(raw));
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      const behind = connect({ host, port: Number(port), noDelay: true });
      // Whichever side breaks ends both; a test sees that in what it waited for.
      socket.on("error", () => behind.destroy());
      behind.on("error", () => socket.destroy());
      socket.pipe(behind);
      behind.pipe(socket);
    });
  }

  static async listen(
    { certificate, clientCa, upstream }: CertificateFrontOptions,
  ): Promise<CertificateFront> {
    const server = createServer({
      ...certificate,
      ca: clientCa,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ["http/1.1"],
    });
    const front = new CertificateFront(server, upstream);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return front;
  }

  /** `HOST:PORT` of the listener. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
