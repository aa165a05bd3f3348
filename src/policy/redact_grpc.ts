import { GrpcMessageReader, type GrpcPart } from "../wire/grpc_messages.ts";
import type { Redactor } from "./redact.ts";

/**
 * Overwrites the credentials in the messages of a gRPC stream. One that is spread over two messages is
 * not recognised: a message is passed on when it ends, as its reader may have to answer before there is
 * another.
 */
export class GrpcRedactor {
  readonly #redactor: Redactor;
  readonly #messages = new GrpcMessageReader();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /**
   * Takes the next octets of the stream.
   *
   * @param out Receives what can be passed on.
   * @throws {WireError} if a message is compressed: credentials in it would not be found.
   */
  push(octets: Uint8Array, out: Uint8Array[]): void {
    const parts: GrpcPart[] = [];
    this.#messages.read(octets, parts);
    for (const { kind, octets: part, last } of parts) {
      // Nothing is held between two messages, so that the prefix is where it was.
      if (kind === "prefix") out.push(part);
      else this.#redactor.push(part, out);
      if (last) this.#redactor.end(out);
    }
  }

  /** Says that nothing follows, not even the rest of a message that is not whole. */
  end(out: Uint8Array[]): void {
    this.#redactor.end(out);
  }
}
