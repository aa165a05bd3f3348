import { findHeadEnd, type HeadLimits } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import type { ByteStream } from "./byte_stream.ts";

/**
 * Takes a head off a stream, reading on if it has not all arrived; what came after it is put back.
 *
 * @param first What has been read of it already.
 * @returns The whole head, valid until the stream's next read: at once if `first` holds it.
 * @throws {WireError} if the head is malformed or cut short, {HeadTooLargeError} if it is too long.
 * @throws {Error} if the connection broke.
 */
export function takeHead(
  stream: ByteStream,
  { first, limits }: { first: Uint8Array; limits: HeadLimits },
): Uint8Array | Promise<Uint8Array> {
  const end = findHeadEnd(first, 0, limits);
  if (end < 0) return collectHead(stream, { first, limits });
  if (end === first.length) return first;
  stream.unread(first.subarray(end));
  return first.subarray(0, end);
}

async function collectHead(
  stream: ByteStream,
  { first, limits }: { first: Uint8Array; limits: HeadLimits },
): Promise<Uint8Array> {
  let length = first.length;
  let collected = new Uint8Array(Math.max(2 * length, 1024));
  collected.set(first);
  while (true) {
    const chunk = await stream.read();
    if (chunk === null) throw new WireError("Cannot read the head: the connection ended in it");
    if (length + chunk.length > collected.length) {
      const grown = new Uint8Array(2 * (length + chunk.length));
      grown.set(collected.subarray(0, length));
      collected = grown;
    }
    collected.set(chunk, length);
    const scanned = length;
    length += chunk.length;
    const end = findHeadEnd(collected.subarray(0, length), scanned, limits);
    if (end >= 0) {
      stream.unread(collected.slice(end, length));
      return collected.subarray(0, end);
    }
  }
}
