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
  const first = await stream.read();
  if (first === null) return { kind: "end" };
  let result: ClientHelloResult;
  try {
    result = readClientHello(first);
  } catch (error) {
    stream.unread(first);
    throw error;
  }
  if (result.kind === "incomplete") return await peekOn(stream, first);
  stream.unread(first);
  return result;
}

/** Collects what comes after the first octets; they are too few to tell. */
async function peekOn(stream: ByteStream, first: Uint8Array): Promise<Opening> {
  let length = first.length;
  let buffer = new Uint8Array(Math.max(2 * length, 1024));
  buffer.set(first);
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
    stream.unread(buffer.subarray(0, length));
  }
}
