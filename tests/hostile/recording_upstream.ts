/**
 * An upstream that keeps every octet as it came and answers each whole request.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ServerCertificate } from "../support/test_pki.ts";
import { RawServer } from "./raw_server.ts";
import { waitUntil } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";
import { readRequests } from "./reference_reader.ts";

/** What one connection received, as ISO 8859-1 text. */
interface Recording {
  received: string;
  /** How much of it belongs to requests that have been answered. */
  answered: number;
  ended: boolean;
  /** Why it could not be read, if it could not. */
  malformed?: string;
}

/** Octets that one connection received since a mark, and how they stand. */
export interface Run {
  readonly text: string;
  readonly ended: boolean;
  readonly malformed: string | undefined;
}

export class RecordingUpstream implements AsyncDisposable {
  readonly #server: RawServer;
  readonly #recordings: Recording[] = [];
  /** Which connection received how much, in the order of arrival. */
  readonly #arrivals: { recording: Recording; start: number }[] = [];

  private constructor(certificate: ServerCertificate | undefined) {
    this.#server = RawServer.listen((connection) => this.#serve(connection), { certificate });
  }

  /** Listens on 127.0.0.1, with TLS if there is a certificate. */
  static listen(certificate?: ServerCertificate): RecordingUpstream {
    return new RecordingUpstream(certificate);
  }

  get address(): string {
    return this.#server.address;
  }

  /** A point in time: give it to {@linkcode since}. */
  mark(): number {
    return this.#arrivals.length;
  }

  /** What came after `mark`, one run a connection, in the order of their first octets. */
  since(mark: number): Run[] {
    const starts = new Map<Recording, number>();
    for (const { recording, start } of this.#arrivals.slice(mark)) {
      if (!starts.has(recording)) starts.set(recording, start);
    }
    return Array.from(starts, ([recording, start]) => ({
      text: recording.received.slice(start),
      ended: recording.ended,
      malformed: recording.malformed,
    }));
  }

  /** Resolves once every connection on which a request is not whole has been closed by the peer. */
  async settle(): Promise<void> {
    await waitUntil(
      () => this.#recordings.every((r) => r.ended || r.answered === r.received.length),
      { what: "the proxy closes the connections that hold half a request", deadlineMs: 5000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const recording: Recording = { received: "", answered: 0, ended: false };
    this.#recordings.push(recording);
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) return;
        this.#arrivals.push({ recording, start: recording.received.length });
        recording.received += Buffer.from(buffer.subarray(0, count)).toString("latin1");
        await this.#answer(connection, recording);
      }
    } finally {
      // A broken connection is an ended one: what had arrived is what counts.
      recording.ended = true;
    }
  }

  async #answer(connection: Deno.Conn, recording: Recording): Promise<void> {
    let read: ReturnType<typeof readRequests>;
    try {
      read = readRequests(recording.received.slice(recording.answered));
    } catch (error) {
      recording.malformed = String(error);
      throw error;
    }
    recording.answered += read.end;
    for (const { method, target } of read.requests) {
      const body = target.slice(0, 100);
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
      await writeAll(connection, Buffer.from(method === "HEAD" ? head : head + body, "latin1"));
    }
  }
}
