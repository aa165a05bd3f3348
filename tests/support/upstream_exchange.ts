/**
 * One request as an upstream received it, and the means to answer it.
 *
 * @module
 */

import {
  type FieldLine,
  fieldValue,
  fieldValues,
  HttpReader,
  type MessageHead,
} from "./http_reader.ts";
import { writeAll } from "./write_all.ts";

/** What an upstream remembers of one request. */
export class RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Field lines as they came: order, spelling and duplicates kept. */
  readonly fields: readonly FieldLine[];
  /** The upstream's number for the connection that it came on. */
  readonly connection: number;
  trailers: readonly FieldLine[] = [];
  bodyBytes = 0;
  /** Bytes of the answer that the connection has accepted so far. */
  sentBytes = 0;
  /** Whether the whole body came. */
  complete = false;

  constructor(head: MessageHead, connection: number) {
    const [method = "", target = "", version = ""] = head.startLine.split(" ");
    this.method = method;
    this.target = target;
    this.version = version;
    this.fields = head.fields;
    this.connection = connection;
  }

  /** Every value of the field `name`, in order. */
  values(name: string): string[] {
    return fieldValues(this.fields, name);
  }

  /** The path of the target, without its query. */
  get path(): string {
    return this.target.split("?", 1)[0] ?? "";
  }

  get wantsClose(): boolean {
    const connection = fieldValue(this.fields, "connection")?.toLowerCase() ?? "";
    return this.version === "HTTP/1.0" || connection.split(/\s*,\s*/).includes("close");
  }
}

export interface Reply {
  /** 200 if not given. */
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export class UpstreamExchange {
  readonly request: RecordedRequest;
  /** For handlers that speak something else after the head. */
  readonly reader: HttpReader;
  readonly connection: Deno.Conn;
  /** Set by a handler after whose answer the connection is closed. */
  closesAfter = false;
  #body: AsyncGenerator<Uint8Array> | undefined;

  constructor(options: { request: RecordedRequest; reader: HttpReader; connection: Deno.Conn }) {
    this.request = options.request;
    this.reader = options.reader;
    this.connection = options.connection;
  }

  /** The request's body, piece by piece; each piece is valid until the next one. */
  body(): AsyncGenerator<Uint8Array> {
    this.#body ??= this.#readBody();
    return this.#body;
  }

  /** The whole body: for small ones. */
  async bodyText(): Promise<string> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of this.body()) text += decoder.decode(bytes, { stream: true });
    return text + decoder.decode();
  }

  /** Reads what is left of the body and throws it away. */
  async discardBody(): Promise<void> {
    const body = this.body();
    while (!(await body.next()).done);
  }

  async write(data: Uint8Array | string): Promise<void> {
    await writeAll(this.connection, data);
    this.request.sentBytes += data.length;
  }

  /** Status line and field lines, with the empty line that ends them. */
  async writeHead(status: number, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    await this.write(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${lines.join("")}\r\n`);
  }

  /** A whole response, with Content-Length where a response of this status may have one. */
  async respond(reply: Reply = {}): Promise<void> {
    const status = reply.status ?? 200;
    const body = typeof reply.body === "string"
      ? new TextEncoder().encode(reply.body)
      : reply.body ?? new Uint8Array();
    const bodiless = status < 200 || status === 204 || status === 304;
    const framing = bodiless ? {} : { "Content-Length": String(body.length) };
    await this.writeHead(status, { ...framing, ...reply.fields });
    if (!bodiless && this.request.method !== "HEAD") await this.write(body);
  }

  async respondJson(value: unknown, status = 200): Promise<void> {
    const fields = { "Content-Type": "application/json" };
    await this.respond({ status, fields, body: JSON.stringify(value) });
  }

  /** Breaks the connection off, whatever is under way on it. */
  kill(): void {
    this.closesAfter = true;
    this.connection.close();
  }

  async *#readBody(): AsyncGenerator<Uint8Array> {
    const body = this.reader.body(this.request.fields, {
      untilClose: false,
      onTrailers: (trailers) => this.request.trailers = trailers,
    });
    for await (const bytes of body) {
      this.request.bodyBytes += bytes.length;
      yield bytes;
    }
    this.request.complete = true;
  }
}

const reasonPhrases: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  103: "Early Hints",
  200: "OK",
  204: "No Content",
  304: "Not Modified",
  401: "Unauthorized",
  404: "Not Found",
};

function reasonPhrase(status: number): string {
  return reasonPhrases[status] ?? "Status";
}
