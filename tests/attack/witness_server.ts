/**
 * A server behind the proxy that keeps every octet that reaches it, and answers as it is told to.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RawServer, type RawServerOptions } from "../hostile/raw_server.ts";
import { type ReadRequest, readRequests, values } from "../hostile/reference_reader.ts";
import { writeAll } from "../support/write_all.ts";

/** Writes the answer to one request; "closes" ends the connection. */
export type Answer = (
  request: ReadRequest,
  connection: Deno.Conn,
) => Promise<"keeps" | "closes">;

export interface WitnessOptions extends RawServerOptions {
  /** Who it is, for the verdict. */
  readonly name: string;
  /** The secrets that belong here. */
  readonly mayHold?: readonly string[];
  /** Nobody may reach it through the proxy. */
  readonly isForbidden?: boolean;
  /** Clients speak to it in tunnels that are not decrypted, too. */
  readonly isReachedBlind?: boolean;
  /** {@linkcode answerTarget} if not given. */
  readonly answer?: Answer;
}

export class WitnessServer implements AsyncDisposable {
  readonly name: string;
  readonly mayHold: readonly string[];
  readonly isForbidden: boolean;
  readonly isReachedBlind: boolean;
  /** Every whole request, in the order of arrival. */
  readonly requests: ReadRequest[] = [];
  /** Octets that are no requests: what the proxy forwards must always be. */
  readonly malformed: string[] = [];
  /** Connections accepted since the start. */
  connections = 0;
  readonly #server: RawServer;
  readonly #answer: Answer;
  #received = "";

  private constructor(options: WitnessOptions) {
    this.name = options.name;
    this.mayHold = options.mayHold ?? [];
    this.isReachedBlind = options.isReachedBlind ?? false;
    this.isForbidden = options.isForbidden ?? false;
    this.#answer = options.answer ?? answerTarget;
    this.#server = RawServer.listen((connection) => this.#serve(connection), options);
  }

  /** Listens on 127.0.0.1 unless told otherwise. */
  static listen(options: WitnessOptions): WitnessServer {
    return new WitnessServer(options);
  }

  get address(): string {
    return this.#server.address;
  }

  /** All octets of all connections in the order of arrival, as ISO 8859-1 text. */
  get received(): string {
    return this.#received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    this.connections++;
    const buffer = new Uint8Array(64 * 1024);
    for (let text = "";;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      const octets = Buffer.from(buffer.subarray(0, count)).toString("latin1");
      this.#received += octets;
      const { requests, end } = this.#read(text += octets);
      text = text.slice(end);
      for (const request of requests) {
        this.requests.push(request);
        if (await this.#answer(request, connection) === "closes" || wantsClose(request)) return;
      }
    }
  }

  #read(text: string): ReturnType<typeof readRequests> {
    try {
      // A client that would speak TLS to a server in clear waits for an answer that never comes.
      if (text.startsWith("\x16")) throw new Error("TLS, where none is spoken");
      return readRequests(text);
    } catch (error) {
      this.malformed.push(String(error));
      throw error;
    }
  }
}

function wantsClose({ fields }: ReadRequest): boolean {
  return values(fields, "connection").includes("close");
}

/** Answers 200 and says the target. */
export const answerTarget: Answer = async ({ method, target }, connection) => {
  const body = `served ${target.slice(0, 100)}`;
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  await reply(connection, method === "HEAD" ? head : head + body);
  return "keeps";
};

/** Writes text as ISO 8859-1 octets. */
export async function reply(connection: Deno.Conn, text: string): Promise<void> {
  await writeAll(connection, Buffer.from(text, "latin1"));
}
