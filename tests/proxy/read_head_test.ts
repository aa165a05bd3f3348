import assert from "node:assert/strict";
import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import { DenoStream } from "../../src/proxy/deno_stream.ts";
import { takeHead } from "../../src/proxy/read_head.ts";
import { WriteProgress } from "../../src/proxy/write_progress.ts";
import { HeadTooLargeError } from "../../src/wire/wire_error.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const limits = { maxBytes: 100, maxFieldLines: 10 };

/** A stream that brings the given pieces, all in one buffer, as a view's short life allows. */
class Pieces implements ByteStream {
  readonly peer = "192.0.2.1:443";
  readonly #pieces: string[];
  readonly #buffer = new Uint8Array(4096);
  readonly #back: Uint8Array[] = [];
  reads = 0;

  constructor(pieces: readonly string[]) {
    this.#pieces = [...pieces];
  }

  read(): Promise<Uint8Array | null> {
    const back = this.#back.pop();
    if (back !== undefined) return Promise.resolve(back);
    this.reads++;
    const piece = this.#pieces.shift();
    if (piece === undefined) return Promise.resolve(null);
    this.#buffer.fill(0x21).set(encodeLatin1(piece));
    return Promise.resolve(this.#buffer.subarray(0, piece.length));
  }

  take(): Uint8Array | undefined {
    return this.#back.pop();
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#back.push(bytes);
  }

  get hasUnread(): boolean {
    return this.#back.length > 0;
  }

  readonly endIsCertain = true;
  readonly writes = new WriteProgress();

  /** The next piece, or the end. */
  readonly isReadable = true;

  prefetch(): void {}
  readable = () => Promise.resolve();
  write = () => Promise.resolve();
  closeWrite = () => Promise.resolve();
  close(): void {}
}

const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function headText(stream: ByteStream): Promise<string | null> {
  const first = await stream.read();
  if (first === null) return null;
  const octets = await takeHead(stream, { first, limits });
  return decodeLatin1(octets, 0, octets.length);
}

async function rest(stream: ByteStream): Promise<string> {
  const chunk = await stream.read();
  return chunk === null ? "" : decodeLatin1(chunk, 0, chunk.length);
}

Deno.test("takeHead() gives the head and puts back what follows, wherever it is cut", async () => {
  const text = `${head}body`;
  for (let first = 1; first < text.length; first++) {
    for (let second = first + 1; second <= text.length; second++) {
      const stream = new Pieces(
        [text.slice(0, first), text.slice(first, second), text.slice(second)].filter(Boolean),
      );
      assert.equal(await headText(stream), head, `${first} ${second}`);
      let tail = "";
      while (tail.length < 4) tail += await rest(stream);
      assert.equal(tail, "body", `${first} ${second}`);
    }
  }
});

Deno.test("takeHead() takes a head octet by octet, and pipelined heads one by one", async () => {
  const octets = new Pieces(Array.from(`${head}${head}`));
  assert.equal(await headText(octets), head);
  assert.equal(await headText(octets), head);
  assert.equal(await headText(octets), null);
  const pipelined = new Pieces([`${head}${head}${head.slice(0, 5)}`, `${head.slice(5)}x`]);
  for (let count = 0; count < 3; count++) assert.equal(await headText(pipelined), head);
  assert.equal(await rest(pipelined), "x");
});

Deno.test("takeHead() does not read on once it has the head", async () => {
  const stream = new Pieces([head, "later"]);
  await headText(stream);
  assert.equal(stream.reads, 1);
});

Deno.test("takeHead() refuses an end in the head", async () => {
  for (let length = 1; length < head.length; length++) {
    await assert.rejects(headText(new Pieces([head.slice(0, length)])), WireError, `${length}`);
  }
});

Deno.test("takeHead() refuses a head that is too long, however it is cut, and reads no more", async () => {
  const long = `GET /${"a".repeat(200)} HTTP/1.1\r\n\r\n`;
  for (const pieces of [[long], Array.from(long), [long.slice(0, 50), long.slice(50)]]) {
    await assert.rejects(headText(new Pieces(pieces)), HeadTooLargeError);
  }
  const endless = new Pieces(Array.from("a".repeat(1000)));
  await assert.rejects(headText(endless), HeadTooLargeError);
  assert.equal(endless.reads, limits.maxBytes);
});

Deno.test("takeHead() refuses a bare LF before the head is complete", async () => {
  const stream = new Pieces(["GET / HTTP/1.1", "\n", "Host: a\r\n\r\n"]);
  await assert.rejects(headText(stream), WireError);
  assert.equal(stream.reads, 2);
});

Deno.test("takeHead() reads from a real connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [conn, peer] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  using _peer = peer;
  const stream = new DenoStream(conn);
  for (const piece of [head.slice(0, 7), `${head.slice(7)}body`]) {
    await peer.write(encodeLatin1(piece));
  }
  await peer.closeWrite();
  assert.equal(await headText(stream), head);
  let tail = "";
  for (let chunk = await rest(stream); chunk !== ""; chunk = await rest(stream)) tail += chunk;
  assert.equal(tail, "body");
  stream.close();
});
