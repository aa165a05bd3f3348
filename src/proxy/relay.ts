import { type ByteStream, type Change, copy } from "./byte_stream.ts";
import type { Deadline } from "./deadlines.ts";
import type { Limits } from "./limits.ts";

/** A client's side of a tunnel, which can be cut from outside. */
export interface RelayClient extends ByteStream {
  /** Whether nothing can be written any more. */
  readonly broken: boolean;
  /** Called when the connection is gone, both sides of it. */
  onClose: (() => void) | undefined;
}

/**
 * Passes octets both ways, until both sides have ended. Each side's end is passed on by itself; a
 * broken side closes both, and so does one that takes nothing for too long, or the client's connection
 * when it is cut.
 */
export async function relay(
  client: RelayClient,
  { upstream, deadline, limits, change, changeSent }: {
    upstream: ByteStream;
    deadline: Deadline;
    limits: Pick<Limits, "idleTimeout" | "stallTimeout">;
    /** What becomes of the upstream's octets; they pass as they are without it. */
    change?: Change | undefined;
    /** The same for the client's. */
    changeSent?: Change | undefined;
  },
): Promise<void> {
  function closeBoth(): void {
    client.close();
    upstream.close();
  }
  function onProgress(): void {
    deadline.set(limits.idleTimeout);
  }
  deadline.onExpire = closeBoth;
  deadline.onTick = (now) => {
    if (
      client.writes.stalledFor(now) >= limits.stallTimeout ||
      upstream.writes.stalledFor(now) >= limits.stallTimeout
    ) closeBoth();
  };
  client.onClose = closeBoth;
  if (client.broken) closeBoth();
  onProgress();
  // A failure on one side is the end of the tunnel and nobody's fault; both directions then end.
  await Promise.all([
    copy(client, { to: upstream, onProgress, change: changeSent }).catch(closeBoth),
    copy(upstream, { to: client, onProgress, change }).catch(closeBoth),
  ]);
  deadline.onTick = undefined;
  closeBoth();
}
