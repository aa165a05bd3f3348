import { GrpcMessageReader, type GrpcPart } from "../wire/grpc_messages.ts";
import type { Redactor } from "./redact.ts";

/**
 * Overwrites the credentials in a gRPC stream. A message is passed on when it ends, as its reader may
 * have to answer before there is another.
 *
 * A service that repeats what it is sent can be made to call anything gRPC, with a message that ends, or
 * a prefix that begins, in the middle of a credential. So the whole stream is searched as one, and half
 * of a credential is held even where a message ends.
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
    for (const { octets: part, last } of parts) {
      this.#redactor.push(part, out);
      if (last) this.#redactor.pause(out);
    }
  }

  /** Says that nothing follows, not even the rest of a message that is not whole. */
  end(out: Uint8Array[]): void {
    this.#redactor.end(out);
  }
}
