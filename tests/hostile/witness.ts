/**
 * Other people's HTTP servers as witnesses of what octets mean: each is given the octets on a
 * connection of its own and tells the requests that it read.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { within } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";

/** A request as a witness read it; the body as ISO 8859-1 text. */
export interface WitnessedRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** All that a witness read on one connection. */
export interface Testimony {
  readonly requests: readonly WitnessedRequest[];
  /** Why it refused to read on; null if it did not. */
  readonly error: string | null;
}

export interface Witness extends AsyncDisposable {
  /**
   * Has the octets read on a new connection, up to its end.
   *
   * @param bytes ISO 8859-1 text whose last request asks for the connection to be closed.
   * @param options How long it may take, in milliseconds; 5 seconds if not given.
   * @throws {Error} if the witness neither answers all of it nor refuses: it waits for more.
   */
  read(bytes: string, options?: { readonly deadlineMs?: number }): Promise<Testimony>;
}

/** A request that asks for the end, to be put after the octets in question. */
export const lastTarget = "/the-last-one";
export const lastRequest =
  `GET ${lastTarget} HTTP/1.1\r\nHost: api.github.com\r\nConnection: close\r\n\r\n`;

export const witnessDeadlineMs = 5000;

/**
 * A witness in a child process: it prints its port, then a line for each connection that has ended.
 */
export class ChildWitness implements Witness {
  readonly #child: Deno.ChildProcess;
  readonly #port: number;
  readonly #waiting = new Map<number, (testimony: Testimony) => void>();
  /** What came for a connection before anybody asked. */
  readonly #early = new Map<number, Testimony>();
  readonly #printed: Promise<void>;

  private constructor(child: Deno.ChildProcess, lines: AsyncIterator<string>, port: number) {
    this.#child = child;
    this.#port = port;
    this.#printed = this.#collect(lines);
  }

  /** Node's llhttp. */
  static async llhttp(node: string): Promise<ChildWitness> {
    return await ChildWitness.#start([node, script("llhttp_server.cjs")]);
  }

  /** Python's h11. */
  static async h11(python: string): Promise<ChildWitness> {
    return await ChildWitness.#start([python, script("h11_server.py")]);
  }

  static async #start([program = "", ...args]: readonly string[]): Promise<ChildWitness> {
    const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped" }).spawn();
    const lines = readLines(child.stdout);
    const first = await within(lines.next(), { what: `${program} prints its port` });
    if (first.done) throw new Error(`${program} ended before it printed its port`);
    return new ChildWitness(child, lines, JSON.parse(first.value).port);
  }

  async read(
    bytes: string,
    { deadlineMs = witnessDeadlineMs }: { readonly deadlineMs?: number } = {},
  ): Promise<Testimony> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    try {
      const { port } = connection.localAddr as Deno.NetAddr;
      const testimony = this.#testimonyOf(port);
      // A witness that refuses does not read the rest.
      const sending = writeAll(connection, Buffer.from(bytes, "latin1")).catch(() => {});
      const what = `the witness has read ${JSON.stringify(bytes.slice(0, 300))}`;
      await within(drain(connection), { what, deadlineMs });
      await sending;
      return await within(testimony, { what, deadlineMs });
    } finally {
      connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#printed;
  }

  #testimonyOf(port: number): Promise<Testimony> {
    const early = this.#early.get(port);
    this.#early.delete(port);
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => this.#waiting.set(port, resolve));
  }

  async #collect(lines: AsyncIterator<string>): Promise<void> {
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      const { remotePort, ...testimony } = JSON.parse(next.value);
      const tell = this.#waiting.get(remotePort);
      this.#waiting.delete(remotePort);
      if (tell === undefined) this.#early.set(remotePort, testimony);
      else tell(testimony);
    }
  }
}

/** Reads to the end, or to the reset that a refusal may come with. */
export async function drain(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(16 * 1024);
  let text = "";
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return text;
      text += Buffer.from(buffer.subarray(0, count)).toString("latin1");
    }
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return text;
    throw error;
  }
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
