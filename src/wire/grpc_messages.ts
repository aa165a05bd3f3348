import type { Fields } from "./fields.ts";
import { WireError } from "./wire_error.ts";

/** Whether a message of HTTP carries those of gRPC ("PROTOCOL-HTTP2.md" of gRPC, Content-Type). */
export function carriesGrpc(fields: Fields): boolean {
  return /^application\/grpc(?:$|[+; \t])/i.test(fields.get("content-type") ?? "");
}

/** Where gRPC and gRPC-Web ("Message-Encoding" there), and Connect, say how messages are coded. */
const messageCodings = ["grpc-encoding", "connect-content-encoding"];

/** Whether a response says that its messages may be compressed, each by itself. */
export function compressesMessages(fields: Fields): boolean {
  return messageCodings.some((name) =>
    fields.has(name) && fields.list(name).some((coding) => coding !== "identity")
  );
}

/** A part of a message: of its prefix, or of what it says. */
export interface GrpcPart {
  readonly kind: "prefix" | "payload";
  /** A view of what was fed. */
  readonly octets: Uint8Array;
  /** The message ends with it. */
  readonly last: boolean;
}

/** Octets before each message: whether it is compressed, and its length. */
const PREFIX_OCTETS = 5;

/** Finds the messages in a stream of gRPC's length-prefixed ones, whatever pieces they arrive in. */
export class GrpcMessageReader {
  #prefixTaken = 0;
  /** As much of the length as has come; then what is left of the message. */
  #left = 0;

  /**
   * Reads on.
   *
   * @param parts Receives what the octets hold.
   * @throws {WireError} if a message is compressed, which its prefix tells.
   */
  read(octets: Uint8Array, parts: GrpcPart[]): void {
    let at = 0;
    while (at < octets.length) {
      const isPrefix = this.#prefixTaken < PREFIX_OCTETS;
      const end = isPrefix
        ? this.#takePrefix(octets, at)
        : Math.min(octets.length, at + this.#left);
      if (!isPrefix) this.#left -= end - at;
      const last = this.#prefixTaken === PREFIX_OCTETS && this.#left === 0;
      parts.push({ kind: isPrefix ? "prefix" : "payload", octets: octets.subarray(at, end), last });
      if (last) this.#prefixTaken = 0;
      at = end;
    }
  }

  /** @returns Where it stopped. */
  #takePrefix(octets: Uint8Array, start: number): number {
    let at = start;
    for (; at < octets.length && this.#prefixTaken < PREFIX_OCTETS; at++) {
      const octet = octets[at] ?? 0;
      if (this.#prefixTaken++ > 0) this.#left = this.#left * 256 + octet;
      else if (octet !== 0) throw new WireError("Cannot read a gRPC message: it is compressed");
    }
    return at;
  }
}
