import { ProxyError } from "../errors.ts";
import type { ByteStream } from "./byte_stream.ts";

/**
 * Refuses a new connection to an HTTP server on which something has arrived before anything was sent:
 * it would be taken for the answer to the first request, and every answer after it for the answer to
 * another request than its own (RFC 9112 section 9.2 associates them by their order alone).
 *
 * What has been sent and not arrived yet cannot be told from an answer. The read that this starts goes
 * on.
 *
 * @throws {ProxyError} `malformed_response`; the connection is closed.
 */
export async function refuseUnaskedAnswer(stream: ByteStream): Promise<void> {
  stream.prefetch();
  // What has arrived is delivered when the event loop comes to its timers, and not before: 1 to 2 ms,
  // once for each connection.
  await new Promise<void>((resolve) => void setTimeout(resolve, 0));
  if (!stream.hasUnread) return;
  stream.close();
  throw new ProxyError(
    "malformed_response",
    "The destination's answer is refused: it came before the request",
  );
}
