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
  let bytes = new Uint8Array(0);
  try {
    while (true) {
      const chunk = await stream.read();
      if (chunk === null) return { kind: "end" };
      const joined = new Uint8Array(bytes.length + chunk.length);
      joined.set(bytes);
      joined.set(chunk, bytes.length);
      bytes = joined;
      const result = readClientHello(bytes);
      if (result.kind !== "incomplete") return result;
    }
  } finally {
    stream.unread(bytes);
  }
}
