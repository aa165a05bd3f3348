import { type ClientHelloResult, readClientHello } from "../wire/client_hello.ts";
import type { ByteStream } from "./byte_stream.ts";

/** What a tunnel's first octets are; they are still to be read. */
export type Opening = Exclude<ClientHelloResult, { kind: "incomplete" }> | { readonly kind: "end" };

/**
 * Reads as much as it takes to see what a client starts with, and puts it back.
 *
 * @throws {WireError} if it starts a TLS handshake that cannot be read.
 */
export async function peek(stream: ByteStream): Promise<Opening> {
  let buffer = new Uint8Array(1024);
  let length = 0;
  try {
    while (true) {
      const chunk = await stream.read();
      if (chunk === null) return { kind: "end" };
      if (length + chunk.length > buffer.length) {
        const grown = new Uint8Array(2 * (length + chunk.length));
        grown.set(buffer.subarray(0, length));
        buffer = grown;
      }
      buffer.set(chunk, length);
      length += chunk.length;
      const result = readClientHello(buffer.subarray(0, length));
      if (result.kind !== "incomplete") return result;
    }
  } finally {
    stream.unread(buffer.slice(0, length));
  }
}
