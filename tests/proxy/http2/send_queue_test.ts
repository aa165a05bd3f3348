/** The contract: as much leaves as the windows let through, and no stream waits for a stalled one. */

import assert from "node:assert/strict";
import { type Sender, SendQueue } from "../../../src/proxy/http2/send_queue.ts";
import { ConnectionError, StreamError } from "../../../src/wire/http2/http2_error.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { takeFrames } from "../../support/http2_frames.ts";

const plenty = 1_000_000;

class Bench {
  readonly out = new OctetBuffer(0);
  full = false;
  readonly queue = new SendQueue({
    room: () => this.full ? undefined : this.out,
    onWrite: () => {},
  });
  /** Streams whose last send has resolved, and the reasons of those whose has failed. */
  readonly done: number[] = [];
  readonly failed: unknown[] = [];

  sender(id: number, sendWindow = plenty): Sender {
    return { id, sendWindow, parcel: undefined };
  }

  send(sender: Sender, size: number, { end }: { end: boolean } = { end: false }): void {
    this.queue.send(sender, { octets: new Uint8Array(size), end }).then(
      () => this.done.push(sender.id),
      (error) => this.failed.push(error),
    );
  }

  /** Stream, size and END_STREAM of what has been written since the last call. */
  written(): string[] {
    const { frames } = takeFrames(this.out.view().slice());
    this.out.clear();
    return frames.map(({ streamId, payload, flags }) =>
      `${streamId}: ${payload.length}${flags === 1 ? " end" : ""}`
    );
  }
}

Deno.test("SendQueue writes what fits at once, in frames of at most 16,384 octets", async () => {
  const bench = new Bench();
  bench.send(bench.sender(1), 40_000, { end: true });
  assert.deepEqual(bench.written(), ["1: 16384", "1: 16384", "1: 7232 end"]);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(bench.done, [1]);
});

Deno.test("SendQueue takes a frame of each stream by turns", () => {
  const bench = new Bench();
  bench.queue.openConnection(plenty);
  bench.full = true;
  for (const id of [1, 3, 5]) bench.send(bench.sender(id), id === 3 ? 1000 : 32_768);
  bench.full = false;
  bench.queue.pump();
  assert.deepEqual(bench.written(), ["1: 16384", "3: 1000", "5: 16384", "1: 16384", "5: 16384"]);
});

Deno.test("SendQueue sends others' content while one stream's window is closed", () => {
  const bench = new Bench();
  const stalled = bench.sender(1, 10);
  bench.send(stalled, 100, { end: true });
  bench.send(bench.sender(3), 50, { end: true });
  assert.deepEqual(bench.written(), ["1: 10", "3: 50 end"]);
  bench.queue.openStream(stalled, 1);
  assert.deepEqual(bench.written(), ["1: 1"]);
  bench.queue.openStream(stalled, 1000);
  assert.deepEqual(bench.written(), ["1: 89 end"]);
});

Deno.test("SendQueue sends nothing beyond the connection's window, and goes on when it is opened", () => {
  const bench = new Bench();
  bench.send(bench.sender(1), 70_000);
  assert.deepEqual(bench.written().at(-1), "1: 16383");
  bench.send(bench.sender(3), 10);
  assert.deepEqual(bench.written(), []);
  bench.queue.openConnection(4465);
  assert.deepEqual(bench.written(), ["1: 4465"]);
  bench.queue.openConnection(100);
  assert.deepEqual(bench.written(), ["3: 10"]);
});

Deno.test("SendQueue ends a stream though no window is open: an empty frame needs none", () => {
  const bench = new Bench();
  bench.send(bench.sender(1), 65_535);
  bench.written();
  bench.send(bench.sender(3, 0), 0, { end: true });
  bench.send(bench.sender(5, -100), 0, { end: true });
  assert.deepEqual(bench.written(), ["3: 0 end", "5: 0 end"]);
});

Deno.test("SendQueue waits for a window that SETTINGS made negative (RFC 9113 section 6.9.2)", () => {
  const bench = new Bench();
  const sender = bench.sender(1, 10);
  bench.send(sender, 100);
  bench.queue.openStream(sender, -50);
  bench.queue.openStream(sender, 50);
  assert.deepEqual(bench.written(), ["1: 10"]);
  assert.equal(sender.sendWindow, 0);
  bench.queue.openStream(sender, 5);
  assert.deepEqual(bench.written(), ["1: 5"]);
});

Deno.test("SendQueue takes a stream off whose window is closed while it waits for its turn", () => {
  const bench = new Bench();
  bench.full = true;
  const sender = bench.sender(1);
  bench.send(sender, 10);
  bench.queue.openStream(sender, -plenty);
  bench.full = false;
  bench.queue.pump();
  assert.deepEqual(bench.written(), []);
});

Deno.test("SendQueue.drop() fails what waits, and sends nothing more of it", async () => {
  const bench = new Bench();
  const sender = bench.sender(1, 10);
  bench.send(sender, 100);
  bench.written();
  const why = new Error("gone");
  bench.queue.drop(sender, () => why);
  bench.queue.drop(sender, () => new Error("again"));
  bench.queue.openStream(sender, 1000);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([bench.written(), bench.done, bench.failed], [[], [], [why]]);
});

Deno.test("SendQueue refuses windows beyond 2^31 - 1 (RFC 9113 section 6.9.1)", () => {
  const bench = new Bench();
  assert.doesNotThrow(() => bench.queue.openConnection(2 ** 31 - 1 - 65_535));
  assert.throws(() => bench.queue.openConnection(1), ConnectionError);
  const sender = bench.sender(1, 1);
  assert.throws(() => bench.queue.openStream(sender, 2 ** 31 - 1), StreamError);
});
