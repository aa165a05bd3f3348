import { findHeadEnd, type HeadLimits } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import type { ByteStream } from "./byte_stream.ts";

/** A whole head: `bytes[0, end)`. Valid until the stream's next read. */
export interface ReceivedHead {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/**
 * Reads one head; what came after it is put back.
 *
 * @param onFirstOctets Called once, when something has arrived.
 * @returns `null` if the peer ended the connection before the first octet.
 * @throws {WireError} if the head is malformed or cut short, {HeadTooLargeError} if it is too long.
 * @throws {Error} if the connection broke.
 */
export async function readHead(
  stream: ByteStream,
  { limits, onFirstOctets }: { limits: HeadLimits; onFirstOctets?: () => void },
): Promise<ReceivedHead | null> {
  const first = await stream.read();
  if (first === null) return null;
  onFirstOctets?.();
  let end = findHeadEnd(first, 0, limits);
  if (end >= 0) {
    stream.unread(first.subarray(end));
    return { bytes: first, end };
  }
  let length = first.length;
  let collected = new Uint8Array(Math.max(2 * length, 1024));
  collected.set(first);
  while (end < 0) {
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
    end = findHeadEnd(collected.subarray(0, length), scanned, limits);
    if (end >= 0) stream.unread(collected.slice(end, length));
  }
  return { bytes: collected.subarray(0, length), end };
}
