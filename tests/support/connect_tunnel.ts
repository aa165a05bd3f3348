/**
 * A way through the proxy for programs that know no CONNECT: whatever connects to the port here is
 * connected to the destination through a tunnel of its own.
 *
 * @module
 */

import { writeAll } from "./write_all.ts";

export class ConnectTunnel implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #proxyUrl: URL;
  readonly #target: string;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #work = new Set<Promise<void>>();

  private constructor(proxyUrl: string, target: string) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#proxyUrl = new URL(proxyUrl);
    this.#target = target;
    this.#run(this.#acceptAll());
  }

  /** @param target `HOST:PORT` to CONNECT to. */
  static listen(proxyUrl: string, target: string): ConnectTunnel {
    return new ConnectTunnel(proxyUrl, target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #run(work: Promise<void>): void {
    const done = work.catch(() => {}).finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  async #acceptAll(): Promise<void> {
    for await (const client of this.#listener) this.#run(this.#serve(client));
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    let proxy: Deno.TcpConn | undefined;
    try {
      const { hostname, port } = this.#proxyUrl;
      proxy = await Deno.connect({ hostname, port: Number(port) });
      this.#open.add(proxy);
      client.setNoDelay(true);
      proxy.setNoDelay(true);
      await askForTunnel(proxy, this.#target);
      await Promise.all([pass(client, proxy), pass(proxy, client)]);
    } finally {
      for (const connection of proxy === undefined ? [client] : [client, proxy]) {
        this.#open.delete(connection);
        closeQuietly(connection);
      }
    }
  }
}

async function askForTunnel(proxy: Deno.TcpConn, target: string): Promise<void> {
  const head = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
  await writeAll(proxy, new TextEncoder().encode(head));
  const buffer = new Uint8Array(4096);
  let answer = "";
  // Nothing follows it before the client's first octets.
  while (!answer.includes("\r\n\r\n")) {
    const count = await proxy.read(buffer);
    if (count === null) throw new Error(`The proxy closed after ${JSON.stringify(answer)}`);
    answer += new TextDecoder().decode(buffer.subarray(0, count));
  }
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(`The proxy says ${answer}`);
}

async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) return await to.closeWrite();
    await writeAll(to, buffer.subarray(0, count));
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
