/**
 * Another proxy, between ours and a service: it knows CONNECT and nothing else.
 *
 * @module
 */

import type { ServerCertificate } from "./test_pki.ts";
import { writeAll } from "./write_all.ts";

export interface ConnectProxyOptions {
  /** The answer to CONNECT, but for the empty line; a 200 if not given. `hang`: none. */
  readonly answer?: string;
  /** Where tunnels lead: one address for all, or one for each target. */
  readonly to: string | Readonly<Record<string, string>>;
  /** `USER:PASSWORD` without which it answers 407. */
  readonly login?: string;
  /** It speaks TLS with this certificate. */
  readonly certificate?: ServerCertificate;
}

export class ConnectProxy implements AsyncDisposable {
  /** The heads of the requests. */
  readonly heads: string[] = [];
  /** The answer from now on. */
  answer: string | undefined;
  /** Connections accepted since the start. */
  accepted = 0;
  readonly #listener: Deno.Listener<Deno.Conn>;
  readonly #open = new Set<Deno.Conn>();
  readonly #options: ConnectProxyOptions;
  readonly #work: Promise<void>;

  constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.answer = options.answer;
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = options.certificate === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, ...options.certificate, alpnProtocols: ["http/1.1"] });
    this.#work = this.#acceptAll();
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** The targets of the requests, in order. */
  get targets(): string[] {
    return this.heads.map((head) => head.split(" ")[1] ?? "");
  }

  /** The connections from clients that are still there. */
  openConnections = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
    await this.#work;
  }

  async #acceptAll(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.accepted++;
      this.openConnections++;
      this.#open.add(connection);
      served.push(
        this.#serve(connection).catch(() => {}).finally(() => {
          this.openConnections--;
          closeQuietly(connection);
        }),
      );
    }
    await Promise.all(served);
  }

  async #serve(client: Deno.Conn): Promise<void> {
    let head = "";
    const buffer = new Uint8Array(4096);
    while (!head.endsWith("\r\n\r\n")) {
      const count = await client.read(buffer);
      if (count === null) return;
      head += new TextDecoder().decode(buffer.subarray(0, count));
    }
    this.heads.push(head);
    const answer = this.#answerTo(head);
    if (answer === "hang") return void await client.read(buffer);
    await writeAll(client, `${answer}\r\n\r\n`);
    const { to } = this.#options;
    const address = typeof to === "string" ? to : to[head.split(" ")[1] ?? ""] ?? "";
    if (!/^HTTP\/1.1 200/.test(answer)) return;
    const [hostname = "", port = ""] = address.split(":");
    const upstream = await Deno.connect({ hostname, port: Number(port) });
    this.#open.add(upstream);
    try {
      await Promise.race([
        copy(client, upstream).catch(() => {}),
        copy(upstream, client).catch(() => {}),
      ]);
    } finally {
      closeQuietly(upstream);
    }
  }

  #answerTo(head: string): string {
    const { login, to } = this.#options;
    const { answer } = this;
    if (
      login !== undefined && !head.includes(`\r\nProxy-Authorization: Basic ${btoa(login)}\r\n`)
    ) {
      return 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="corp"';
    }
    if (answer !== undefined) return answer;
    const isKnown = typeof to === "string" || head.split(" ")[1] as string in to;
    return isKnown ? "HTTP/1.1 200 OK" : "HTTP/1.1 502 Unknown\r\nContent-Length: 0";
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    await writeAll(to, buffer.subarray(0, count));
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It has been closed by what was piped through it.
  }
}
