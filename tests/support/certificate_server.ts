/**
 * An HTTPS server that wants to know its clients by their certificates, and keeps what it saw.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ServerCertificate } from "./test_pki.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** SHA-256 of the client's certificate; empty without one. */
  readonly fingerprint: string;
  /** What SNI said. */
  readonly serverName: string;
}

export interface CertificateServerOptions {
  readonly certificate: ServerCertificate;
  /** PEM: whose clients are accepted. */
  readonly clientCa: string;
  /** Lets in clients without a certificate too. */
  readonly optional?: boolean;
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
  /** Answers; 200 and `{}` if not given. */
  readonly handler?: (request: IncomingMessage, response: ServerResponse) => void;
}

export class CertificateServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** Connections whose handshake was completed. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(options: CertificateServerOptions): Promise<CertificateServer> {
    const { certificate, clientCa, optional = false, maxVersion = "TLSv1.3" } = options;
    const server = createServer({
      ...certificate,
      ca: clientCa,
      requestCert: true,
      // Deno knows no optional client certificate: what demands none asks for none.
      ...(optional ? { requestCert: false } : { rejectUnauthorized: true }),
      maxVersion,
      ALPNProtocols: ["http/1.1"],
    });
    const created = new CertificateServer(server);
    server.on("secureConnection", (socket) => {
      created.connections++;
      created.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => created.#sockets.delete(socket));
    });
    server.on("request", (request, response) => {
      created.#record(request);
      (options.handler ?? answerNothing)(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return created;
  }

  /** `HOST:PORT` of the listener. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #record(request: IncomingMessage): void {
    const socket = request.socket as TLSSocket & { servername?: string };
    const raw = socket.getPeerCertificate?.()?.raw;
    this.requests.push({
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      fingerprint: raw === undefined ? "" : new X509Certificate(raw).fingerprint256,
      serverName: socket.servername ?? "",
    });
  }
}

/** The SHA-256 by which {@linkcode SeenRequest} knows a certificate. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

function answerNothing(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end("{}");
  });
}
