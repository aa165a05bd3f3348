import { type ByteStream, type Change, copy } from "./byte_stream.ts";
import type { Deadline } from "./deadlines.ts";

/**
 * Passes octets both ways, until both sides have ended. Each side's end is passed on by
 * itself; a broken side closes both.
 */
export async function relay(
  client: ByteStream,
  { upstream, deadline, idleTimeout, change }: {
    upstream: ByteStream;
    deadline: Deadline;
    idleTimeout: number;
    /** What becomes of the upstream's octets; they pass as they are without it. */
    change?: Change;
  },
): Promise<void> {
  function closeBoth(): void {
    client.close();
    upstream.close();
  }
  function onProgress(): void {
    deadline.set(idleTimeout);
  }
  deadline.onExpire = closeBoth;
  onProgress();
  // A failure on one side is the end of the tunnel and nobody's fault; both directions then end.
  await Promise.all([
    copy(client, { to: upstream, onProgress }).catch(closeBoth),
    copy(upstream, { to: client, onProgress, ...(change === undefined ? {} : { change }) }).catch(
      closeBoth,
    ),
  ]);
  closeBoth();
}
