/**
 * A client made of bare sockets, for what no well-behaved client would send.
 *
 * @module
 */

import {
  type ByteSource,
  type FieldLine,
  fieldValue,
  fieldValues,
  HttpReader,
} from "./http_reader.ts";
import { within } from "./wait_until.ts";
import { type ByteSink, writeAll } from "./write_all.ts";

export interface ClientResponse {
  readonly status: number;
  readonly fields: readonly FieldLine[];
  readonly body: string;
  readonly trailers: readonly FieldLine[];
  value(name: string): string | undefined;
  values(name: string): string[];
}

export interface TunnelOptions {
  /** The CONNECT target, `HOST:PORT`. */
  readonly target: string;
  /** The name in SNI; the host of the target if not given. */
  readonly serverName?: string;
  /** PEM of the root to trust beside the default ones. */
  readonly ca: string;
  /** More field lines for the CONNECT head. */
  readonly connectFields?: string;
}

const responseDeadlineMs = 30_000;

/** A connection of any kind: a `Deno.Conn`, or what does as much. */
export interface ByteConnection extends ByteSource, ByteSink {
  close(): void;
}

export class RawClient implements Disposable {
  readonly connection: ByteConnection;
  readonly reader: HttpReader;

  constructor(connection: ByteConnection) {
    this.connection = connection;
    this.reader = new HttpReader(connection);
  }

  /** A TCP connection to `url`'s host and port, with nothing sent yet. */
  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    connection.setNoDelay(true);
    return new RawClient(connection);
  }

  /** CONNECT through the proxy at `url`, then TLS inside; throws on anything but a 200. */
  static async tunnel(url: string, options: TunnelOptions): Promise<RawClient> {
    const outer = await RawClient.connect(url);
    try {
      const response = await outer.openTunnel(options.target, options.connectFields);
      if (response.status !== 200) {
        throw new Error(`CONNECT is answered with ${response.status}: ${response.body}`);
      }
      return await outer.startTls(options.serverName ?? hostOf(options.target), options.ca);
    } catch (error) {
      outer.close();
      throw error;
    }
  }

  /** Sends CONNECT and gives the answer; the connection is then a tunnel if that is a 200. */
  async openTunnel(target: string, fields = ""): Promise<ClientResponse> {
    await this.send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${fields}\r\n`);
    return await this.receive({ method: "CONNECT" });
  }

  /** TLS over this connection, which is used up; rejects if the handshake fails. */
  async startTls(serverName: string, ca: string): Promise<RawClient> {
    const connection = await Deno.startTls(this.connection as unknown as Deno.TcpConn, {
      hostname: serverName,
      caCerts: [ca],
      alpnProtocols: ["http/1.1"],
    });
    try {
      await within(connection.handshake(), { what: `the handshake for ${serverName} is done` });
    } catch (error) {
      connection.close();
      throw error;
    }
    return new RawClient(connection);
  }

  async send(data: Uint8Array | string): Promise<void> {
    await writeAll(this.connection, data);
  }

  /** A request without a body, and its final response. */
  async get(target: string, fields: string): Promise<ClientResponse> {
    await this.send(`GET ${target} HTTP/1.1\r\n${fields}\r\n`);
    return await this.receive({ method: "GET" });
  }

  /** The next response, interim ones (1xx but 101) included. */
  async receive(options: { readonly method: string }): Promise<ClientResponse> {
    return await within(this.#receive(options.method), {
      what: `the response to ${options.method} is complete`,
      deadlineMs: responseDeadlineMs,
    });
  }

  /** Resolves when the peer closes or resets the connection; throws if it sends something. */
  async expectEnd(): Promise<void> {
    const rest = this.reader.readSome().catch((error: unknown) => {
      if (error instanceof Deno.errors.ConnectionReset) return undefined;
      if (error instanceof Deno.errors.UnexpectedEof) return undefined;
      throw error;
    });
    const bytes = await within(rest, { what: "the peer closes the connection" });
    if (bytes !== undefined) throw new Error(`Instead of its end came ${bytes.length} bytes`);
  }

  close(): void {
    try {
      this.connection.close();
    } catch (error) {
      // startTls() uses the connection up, and a test may close early.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #receive(method: string): Promise<ClientResponse> {
    const head = await this.reader.readHead();
    if (head === undefined) throw new Error(`The connection ended before the answer to ${method}`);
    const status = Number(head.startLine.split(" ")[1]);
    let body = "";
    let trailers: FieldLine[] = [];
    const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304 ||
      (method === "CONNECT" && status < 300);
    if (!bodiless) {
      const decoder = new TextDecoder();
      const pieces = this.reader.body(head.fields, {
        untilClose: true,
        onTrailers: (fields) => trailers = fields,
      });
      for await (const bytes of pieces) body += decoder.decode(bytes, { stream: true });
    }
    return {
      status,
      fields: head.fields,
      body,
      trailers,
      value: (name) => fieldValue(head.fields, name),
      values: (name) => fieldValues(head.fields, name),
    };
  }
}

/** The host of `HOST:PORT`, brackets off. */
export function hostOf(authority: string): string {
  return authority.slice(0, authority.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}
