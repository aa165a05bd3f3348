import assert from "node:assert/strict";
import { delay } from "./wait_until.ts";

/** A listener whose queue is full: the kernel drops what comes, so that connecting hangs. */
export async function stalledListener(): Promise<{ port: number } & Disposable> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const queued: Deno.Conn[] = [];
  for (let full = false; !full;) {
    const stop = new AbortController();
    const connecting = Deno.connect({ hostname: "127.0.0.1", port, signal: stop.signal })
      .then((conn) => void queued.push(conn), () => {});
    full = await Promise.race([connecting.then(() => false), delay(500).then(() => true)]);
    assert.ok(queued.length < 20, "the queue does not fill");
    if (full) stop.abort();
    await connecting;
  }
  return {
    port,
    [Symbol.dispose]() {
      listener.close();
      for (const conn of queued) conn.close();
    },
  };
}
