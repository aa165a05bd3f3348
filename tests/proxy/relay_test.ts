import assert from "node:assert/strict";
import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import { Deadlines } from "../../src/proxy/deadlines.ts";
import { relay, type RelayClient } from "../../src/proxy/relay.ts";
import { WriteProgress } from "../../src/proxy/write_progress.ts";
import { within } from "../support/wait_until.ts";

/** A stream on which nothing comes until it is closed or its peer ends. */
class SilentStream implements RelayClient {
  readonly #end = Promise.withResolvers<null>();
  readonly peer = "192.0.2.1:443";
  readonly hasUnread = false;
  readonly isReadable = false;
  readonly endIsCertain = true;
  readonly writes = new WriteProgress();
  broken = false;
  closed = false;
  writeClosed = false;
  onClose: (() => void) | undefined;

  read(): Promise<null> {
    return this.#end.promise;
  }
  take(): undefined {}
  unread(): void {}
  prefetch(): void {}
  async readable(): Promise<void> {
    await this.#end.promise;
  }
  write(): Promise<void> {
    return Promise.resolve();
  }
  closeWrite(): Promise<void> {
    this.writeClosed = true;
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
    this.#end.resolve(null);
  }
  /** The peer ends its side. */
  end(): void {
    this.#end.resolve(null);
  }
}

function start(client: SilentStream, upstream: ByteStream): Promise<void> {
  const deadline = new Deadlines().add(() => {});
  return relay(client, { upstream, deadline, limits: { idleTimeout: 60_000, stallTimeout: 1000 } })
    .finally(() => deadline.release());
}

Deno.test("relay() passes the client's end on, and waits for the upstream's", async () => {
  const [client, upstream] = [new SilentStream(), new SilentStream()];
  const relayed = start(client, upstream);
  client.end();
  await client.read();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([upstream.writeClosed, upstream.closed, client.closed], [true, false, false]);
  upstream.end();
  await within(relayed, { what: "both sides have ended" });
  assert.ok(client.closed && upstream.closed);
});

Deno.test("relay() closes a silent upstream once the client's connection is cut", async () => {
  for (const halfClosed of [false, true]) {
    const [client, upstream] = [new SilentStream(), new SilentStream()];
    const relayed = start(client, upstream);
    if (halfClosed) client.end();
    await new Promise((resolve) => setTimeout(resolve));
    client.onClose?.();
    await within(relayed, { what: "the upstream is closed" });
    assert.ok(upstream.closed);
  }
});

Deno.test("relay() closes the upstream of a client that is cut already", async () => {
  const [client, upstream] = [new SilentStream(), new SilentStream()];
  client.broken = true;
  await within(start(client, upstream), { what: "the upstream is closed" });
  assert.ok(upstream.closed);
});
