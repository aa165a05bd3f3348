/**
 * A client that speaks TLS to the proxy, and TLS to the service inside it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { CertificateFiles } from "./agent_command.ts";
import { RawClient } from "./proxy_client.ts";
import type { ProxyProcess } from "./proxy_process.ts";
import { within } from "./wait_until.ts";

export interface TlsProxyOptions {
  readonly proxy: ProxyProcess;
  /** What the client shows, if it shows one. */
  readonly certificate?: CertificateFiles;
}

/** Connects to the proxy's TLS listener; rejects if the handshake fails. */
export async function connectToTlsProxy(options: TlsProxyOptions): Promise<RawClient> {
  return new RawClient(new NodeConnection(await openOuter(options)));
}

/** CONNECT through the TLS listener, then TLS inside. */
export async function tunnelThroughTls(
  target: string,
  { fields = "", ...options }: TlsProxyOptions & { readonly fields?: string },
): Promise<RawClient> {
  const outer = await openOuter(options);
  const connection = new NodeConnection(outer);
  const response = await new RawClient(connection).openTunnel(target, fields);
  if (response.status !== 200) {
    outer.destroy();
    throw new Error(`CONNECT is answered with ${response.status}: ${response.body}`);
  }
  connection.release();
  const inner = connect({
    socket: outer,
    servername: target.replace(/:\d+$/, ""),
    ca: await Deno.readTextFile(options.proxy.caFile),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
  });
  await within(once(inner, "secureConnect"), { what: "the inner handshake is done" });
  return new RawClient(new NodeConnection(inner));
}

async function openOuter({ proxy, certificate }: TlsProxyOptions): Promise<TLSSocket> {
  const { hostname, port } = new URL(proxy.tlsUrl);
  const socket = connect({
    host: hostname,
    port: Number(port),
    ca: await Deno.readTextFile(proxy.caFile),
    rejectUnauthorized: true,
    ...(certificate === undefined ? {} : {
      cert: await Deno.readTextFile(certificate.cert),
      key: await Deno.readTextFile(certificate.key),
    }),
  });
  // With TLS 1.3 a refusal comes after the handshake is done, before anybody may listen for it: whoever
  // reads is told by the end of the connection.
  socket.on("error", () => {});
  await within(once(socket, "secureConnect"), { what: "the outer handshake is done" });
  return socket;
}

/** As much of a `Deno.Conn` as {@linkcode RawClient} uses, over a socket of node:tls. */
class NodeConnection {
  readonly #socket: TLSSocket;
  readonly #arrived: Buffer[] = [];
  #ended = false;
  #wake = () => {};
  readonly #onData = (octets: Buffer) => {
    this.#arrived.push(octets);
    this.#wake();
  };
  readonly #onEnd = () => {
    this.#ended = true;
    this.#wake();
  };

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#ended = socket.destroyed;
    socket.on("data", this.#onData);
    // What a broken connection comes to for a reader: its end.
    for (const event of ["end", "close", "error"]) socket.on(event, this.#onEnd);
  }

  /** Reads no more, so that another may. */
  release(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.pause();
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#arrived.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const first = this.#arrived.shift();
    if (first === undefined) return null;
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count < first.length) this.#arrived.unshift(first.subarray(count));
    return count;
  }

  write(octets: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(octets, (error) => error ? reject(error) : resolve(octets.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
