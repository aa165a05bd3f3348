/**
 * Clients that never send a request twice: what fails on the way stays failed, and is counted.
 *
 * @module
 */

import { Http2Client } from "./http2_client.ts";
import { RawClient, type TunnelOptions } from "./proxy_client.ts";

export type LoadKind = "kept" | "new" | "slow" | "http2";

export interface Tally {
  /** Requests that were answered with 200, by what sort of client sent them. */
  readonly served: Record<LoadKind, number>;
  /** Connections that the clients opened. */
  connections: number;
  readonly failures: string[];
}

/** Requests until it is stopped; every client has one request under way at a time. */
export class SteadyLoad {
  readonly tally: Tally = {
    served: { kept: 0, new: 0, slow: 0, http2: 0 },
    connections: 0,
    failures: [],
  };
  readonly #url: string;
  readonly #options: TunnelOptions;
  readonly #clients: Promise<void>[];
  #stopped = false;

  /** @param clients How many there are of each kind. */
  constructor(
    url: string,
    { clients, ...options }: TunnelOptions & { clients: Readonly<Record<LoadKind, number>> },
  ) {
    this.#url = url;
    this.#options = options;
    const many = (count: number, run: () => Promise<void>) => Array.from({ length: count }, run);
    this.#clients = [
      ...many(clients.kept, () => this.#http1("kept")),
      ...many(clients.new, () => this.#http1("new")),
      ...many(clients.slow, () => this.#http1("slow")),
      ...many(clients.http2, () => this.#http2()),
    ];
  }

  /** Resolves when the last request has been answered. */
  async stop(): Promise<Tally> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    return this.tally;
  }

  async #http1(kind: "kept" | "new" | "slow"): Promise<void> {
    await this.#repeat(kind, async () => {
      using client = await RawClient.tunnel(this.#url, this.#options);
      this.tally.connections++;
      do {
        const host = `Host: ${this.#options.target.replace(/:443$/, "")}\r\n`;
        const path = kind === "slow" ? "/slow" : "/";
        const body = `Content-Length: 5\r\n\r\nhello`;
        await client.send(`POST ${path} HTTP/1.1\r\n${host}${body}`);
        const response = await client.receive({ method: "POST" });
        if (response.status !== 200) throw new Error(`${response.status}: ${response.body}`);
        this.tally.served[kind]++;
        if (response.value("connection") === "close") break;
        await pause();
      } while (kind !== "new" && !this.#stopped);
    });
  }

  async #http2(): Promise<void> {
    await this.#repeat("http2", async () => {
      using client = await Http2Client.tunnel(this.#url, this.#options);
      this.tally.connections++;
      while (client.goAway === undefined && !this.#stopped) {
        const status = (await client.get("/")).value(":status");
        if (status !== "200") throw new Error(`HTTP/2: ${status}`);
        this.tally.served.http2++;
        await pause();
      }
    });
  }

  async #repeat(kind: LoadKind, round: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await round();
      } catch (error) {
        this.tally.failures.push(`${kind}: ${error}`);
      }
    }
  }
}

/** Leaves the machine to others between two requests. */
function pause(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 5 + 20 * Math.random());
  return promise;
}
