import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import type { SocketStream } from "../../src/proxy/socket_stream.ts";
import { StreamDuplex } from "../../src/proxy/stream_duplex.ts";
import { delay, waitUntil } from "../support/wait_until.ts";

/** What the duplex uses of a stream: octets that count up for as long as they are read. */
class CountingStream {
  reads = 0;
  closed = false;
  readonly written: number[] = [];
  /** Used again by each read, as a stream's view is. */
  readonly #view = new Uint8Array(1);

  read(): Promise<Uint8Array | null> {
    this.#view[0] = this.reads++;
    return Promise.resolve(this.#view);
  }
  write(octets: Uint8Array): Promise<void> {
    if (octets[0] === 99) return Promise.reject(new Error("broken"));
    this.written.push(...octets);
    return Promise.resolve();
  }
  closeWrite(): Promise<void> {
    this.written.push(-1);
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
}

function make(): { stream: CountingStream; duplex: StreamDuplex } {
  const stream = new CountingStream();
  return { stream, duplex: new StreamDuplex(stream as unknown as SocketStream) };
}

Deno.test("StreamDuplex reads nothing more between stop() and start(), and loses nothing", async () => {
  const { stream, duplex } = make();
  const received: number[] = [];
  duplex.on("data", (octets: Buffer) => {
    received.push(...octets);
    if (received.length === 100) duplex.stop();
    if (received.length === 200) duplex.destroy();
  });
  await waitUntil(() => received.length >= 100, { what: "octets arrive" });
  await delay(0);
  const { reads } = stream;
  await delay(20);
  assert.equal(stream.reads, reads);
  assert.ok(reads <= 102, `${reads} were read ahead`);
  duplex.start();
  await once(duplex, "close");
  assert.deepEqual(received.slice(0, 200), Array.from({ length: 200 }, (_, index) => index));
});

Deno.test("StreamDuplex writes in order, ends its side after that, and closes with its stream", async () => {
  const { stream, duplex } = make();
  duplex.write(new Uint8Array([1, 2]));
  duplex.end(new Uint8Array([3]));
  await once(duplex, "finish");
  assert.deepEqual(stream.written, [1, 2, 3, -1]);
  duplex.destroy();
  assert.equal(stream.closed, true);
});

Deno.test("StreamDuplex breaks when a write does", async () => {
  const { stream, duplex } = make();
  const failed = once(duplex, "error");
  duplex.write(new Uint8Array([99]));
  const [error] = await failed;
  assert.equal((error as Error).message, "broken");
  assert.equal(stream.closed, true);
});
