import { Buffer } from "node:buffer";
import type { ServerCertificate } from "../support/test_pki.ts";
import { waitUntil } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";
import { RawServer } from "./raw_server.ts";
import { readRequests } from "./reference_reader.ts";
import type { ResponseCase } from "./response_case.ts";

/** The path that is answered as the case in hand says. */
export const casePath = "/case";
/** The folder of paths that are answered properly, each with its last part. */
export const tokenFolder = "/token/";

/**
 * An upstream that answers {@linkcode casePath} with hostile octets, once for each case, and a path in
 * {@linkcode tokenFolder} as it should.
 */
export class HostileUpstream implements AsyncDisposable {
  readonly #server: RawServer;
  /** The case that {@linkcode prepare} announced. */
  #current: ResponseCase | undefined;
  /** What the next connection, and only that, begins with. */
  #early = "";
  /** The connection on which the case was played. */
  #stage: Deno.Conn | undefined;
  #reused = false;
  readonly #open = new Set<Deno.Conn>();

  constructor(certificate: ServerCertificate) {
    this.#server = RawServer.listen((connection) => this.#serve(connection), { certificate });
  }

  get address(): string {
    return this.#server.address;
  }

  /** Announces the case that the next {@linkcode casePath} is answered with. */
  prepare(tried: ResponseCase): void {
    this.#current = tried;
    this.#early = tried.early;
    this.#stage = undefined;
    this.#reused = false;
  }

  /** Whether the case's connection has carried another request since. */
  get reused(): boolean {
    return this.#reused;
  }

  /** Sends more on the case's connection, and waits until the proxy has closed that. */
  async sendLater(text: string): Promise<void> {
    await waitUntil(() => this.#stage !== undefined, { what: "the upstream has the request" });
    const stage = this.#stage;
    if (stage === undefined) return;
    // The proxy may have closed it already, which is what it should do.
    await writeAll(stage, Buffer.from(text, "latin1")).catch(() => {});
    await waitUntil(() => !this.#open.has(stage), {
      what: "the proxy closes a connection on which something came unasked",
      deadlineMs: 5000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    this.#open.add(connection);
    try {
      const early = this.#early;
      this.#early = "";
      await write(connection, early);
      await this.#answerAll(connection);
    } finally {
      this.#open.delete(connection);
    }
  }

  async #answerAll(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let text = "";;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      text += Buffer.from(buffer.subarray(0, count)).toString("latin1");
      const { requests, end } = readRequests(text);
      text = text.slice(end);
      for (const { target } of requests) {
        if (await this.#answer(connection, target) === "closes") return;
      }
    }
  }

  async #answer(connection: Deno.Conn, target: string): Promise<"keeps" | "closes"> {
    if (target === casePath && this.#current !== undefined) {
      const { bytes, then } = this.#current;
      this.#stage = connection;
      await write(connection, bytes);
      return then;
    }
    if (connection === this.#stage) this.#reused = true;
    const token = target.slice(tokenFolder.length);
    // Closed, so that each case begins on a connection of its own.
    const fields = `Content-Length: ${token.length}\r\nConnection: close\r\n`;
    await write(connection, `HTTP/1.1 200 OK\r\n${fields}\r\n${token}`);
    return "closes";
  }
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  await writeAll(connection, Buffer.from(text, "latin1"));
}
