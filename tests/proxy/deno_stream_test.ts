import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { DenoStream } from "../../src/proxy/deno_stream.ts";
import { TestRoot } from "../support/test_pki.ts";
import { delay, waitUntil, within } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";

interface Pair extends Disposable {
  readonly stream: DenoStream;
  readonly peer: Deno.TcpConn;
}

async function connect(): Promise<Pair> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [conn, peer] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const stream = new DenoStream(conn);
  return {
    stream,
    peer,
    [Symbol.dispose]() {
      stream.close();
      try {
        peer.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    },
  };
}

function text(bytes: Uint8Array | null): string {
  assert.ok(bytes !== null, "the stream has ended");
  return new TextDecoder().decode(bytes);
}

async function readText(stream: DenoStream, length: number): Promise<string> {
  let all = "";
  while (all.length < length) {
    all += text(await within(stream.read(), { what: `${length} octets have come` }));
  }
  return all;
}

Deno.test("DenoStream.read() gives what came, then null for ever", async () => {
  using pair = await connect();
  await writeAll(pair.peer, "hello");
  await pair.peer.closeWrite();
  assert.equal(await readText(pair.stream, 5), "hello");
  assert.equal(await pair.stream.read(), null);
  assert.equal(await pair.stream.read(), null);
});

Deno.test("DenoStream.read() fails where the connection is broken", async () => {
  // A reset is not to be had from Deno.Conn, which ends its side first.
  const server = createServer((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stream = new DenoStream(await Deno.connect({ hostname: "127.0.0.1", port }));
  await stream.write(new TextEncoder().encode("x"));
  await assert.rejects(stream.read(), Deno.errors.ConnectionReset);
  await stream.readable();
  await assert.rejects(stream.read(), Deno.errors.ConnectionReset);
  stream.close();
  server.close();
  await once(server, "close");
});

Deno.test("DenoStream.unread() puts octets back before those that are prefetched", async () => {
  using pair = await connect();
  const { stream, peer } = pair;
  await writeAll(peer, "abcdef");
  assert.equal(await readText(stream, 6), "abcdef");
  stream.unread(new Uint8Array());
  assert.equal(stream.hasUnread, false);
  stream.unread(new TextEncoder().encode("ef"));
  assert.equal(stream.hasUnread, true);
  stream.prefetch();
  await writeAll(peer, "gh");
  await stream.readable();
  assert.equal(text(await stream.read()), "ef");
  assert.equal(stream.hasUnread, false);
  assert.equal(await readText(stream, 2), "gh");
});

Deno.test("DenoStream.prefetch() leaves what the last read gave untouched", async () => {
  using pair = await connect();
  const { stream, peer } = pair;
  await writeAll(peer, "first");
  const first = await stream.read();
  stream.prefetch();
  stream.prefetch();
  await writeAll(peer, "SECOND");
  await within(stream.readable(), { what: "the second has come" });
  assert.equal(text(first), "first");
  assert.equal(await readText(stream, 6), "SECOND");
});

Deno.test("DenoStream.readable() waits for an arrival or the end, and takes nothing", async () => {
  using pair = await connect();
  const { stream, peer } = pair;
  let resolved = false;
  const arrival = stream.readable().then(() => resolved = true);
  await delay(50);
  assert.equal(resolved, false);
  await writeAll(peer, "x");
  await within(arrival, { what: "an arrival is seen" });
  assert.equal(text(await stream.read()), "x");
  const end = stream.readable();
  await peer.closeWrite();
  await within(end, { what: "the end is seen" });
  assert.equal(await stream.read(), null);
});

Deno.test("DenoStream.close() ends a pending read and readable(), and may be called twice", async () => {
  using pair = await connect();
  const pending = pair.stream.read().then(() => "ended", () => "failed");
  const readable = pair.stream.readable();
  pair.stream.close();
  pair.stream.close();
  assert.ok(["ended", "failed"].includes(await within(pending, { what: "the read is over" })));
  await within(readable, { what: "readable() is over" });
});

Deno.test("DenoStream.write() writes all octets, however many, and waits for the reader", async () => {
  using pair = await connect();
  const { stream, peer } = pair;
  const octets = new Uint8Array(16 * 1024 * 1024);
  for (let at = 0; at < octets.length; at += 1024) octets[at] = at >> 10;
  let written = false;
  const writing = stream.write(octets).then(() => written = true);
  await delay(100);
  assert.equal(written, false, "16 MiB were taken, and nobody reads them");
  const buffer = new Uint8Array(256 * 1024);
  let position = 0;
  while (position < octets.length) {
    const count = await peer.read(buffer);
    assert.ok(count !== null);
    const wanted = octets.subarray(position, position + count);
    assert.ok(wanted.every((octet, at) => octet === buffer[at]), `at ${position}`);
    position += count;
  }
  await writing;
  await stream.closeWrite();
  assert.equal(await peer.read(buffer), null);
});

/** A TLS connection whose peer completes the handshake, and then reads only if it is told. */
async function connectTls() {
  const root = await TestRoot.create("root");
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    ...await root.issue({ names: ["localhost"] }),
  });
  const accepting = listener.accept();
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const conn = await Deno.startTls(tcp, { hostname: "localhost", caCerts: [root.pem] });
  const [peer] = await Promise.all([
    accepting.then(async (peer) => {
      await peer.handshake();
      return peer;
    }),
    conn.handshake(),
  ]);
  const givenUp = Promise.withResolvers<void>();
  let ended = false;
  const stream = new DenoStream(conn, (end) => {
    void end.then(() => {
      ended = true;
      givenUp.resolve();
    });
  });
  return { stream, peer, hasEnded: () => ended, ended: givenUp.promise };
}

Deno.test("DenoStream.close() over TLS ends reads and writes at once, and the rest when it can", async () => {
  const { stream, peer, hasEnded, ended } = await connectTls();
  const reading = assert.rejects(stream.read(), /closed/);
  const writing = assert.rejects(stream.write(new Uint8Array(64 * 1024 * 1024)), /closed/);
  await waitUntil(() => stream.writes.stalledFor(performance.now()) > 300, {
    what: "the peer takes no more",
  });
  stream.close();
  stream.close();
  await within(Promise.all([reading, writing]), { what: "the read and the write have ended" });
  await assert.rejects(stream.read(), /closed/);
  await delay(50);
  assert.equal(hasEnded(), false, "what was written cannot be sent");
  peer.close();
  await within(ended, { what: "the connection has ended" });
});

Deno.test("DenoStream.close() over TLS ends soon where everything has been sent", async () => {
  const { stream, peer, ended } = await connectTls();
  await stream.write(new TextEncoder().encode("hello"));
  const reading = assert.rejects(stream.read(), /closed/);
  stream.close();
  await within(Promise.all([reading, ended]), { what: "the connection has ended" });
  const buffer = new Uint8Array(10);
  assert.equal(await peer.read(buffer), 5);
  // With close_notify: without it, reading fails.
  assert.equal(await peer.read(buffer), null);
  peer.close();
});
