import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { connect as connectTls, createSecureContext, TLSSocket } from "node:tls";
import { SocketStream } from "../../src/proxy/socket_stream.ts";
import { TestRoot } from "../support/test_pki.ts";
import { delay, waitUntil, within } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";

/** One connection: the stream under test at one end, a plain Deno connection at the other. */
interface Pair extends AsyncDisposable {
  readonly stream: SocketStream;
  readonly peer: Deno.Conn;
}

const decoder = new TextDecoder("latin1");

/** The stream is at the server's end, as a client's is; over TLS it is wrapped as after CONNECT. */
async function accept({ tls }: { tls: boolean }): Promise<Pair> {
  const root = await TestRoot.create("root");
  const context = tls ? createSecureContext(await root.issue({ names: ["localhost"] })) : undefined;
  const accepted = Promise.withResolvers<SocketStream>();
  const server = createServer((socket) => {
    if (context === undefined) return accepted.resolve(new SocketStream(socket));
    socket.pause();
    accepted.resolve(
      new SocketStream(new TLSSocket(socket, { isServer: true, secureContext: context })),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  const peer = tls ? await Deno.startTls(tcp, { hostname: "localhost", caCerts: [root.pem] }) : tcp;
  const stream = await accepted.promise;
  if (peer !== tcp) await (peer as Deno.TlsConn).handshake();
  return pair(stream, { peer, closeListener: () => server.close() });
}

/**
 * A TLSSocket on which octets wait that its peer has sent, and more are to come: as after the
 * handshake with a client that uploads at once.
 */
async function acceptBusy(octets: Uint8Array) {
  const root = await TestRoot.create("root");
  const context = createSecureContext(await root.issue({ names: ["localhost"] }));
  const accepted = Promise.withResolvers<TLSSocket>();
  const server = createServer((socket) => {
    socket.pause();
    const tls = new TLSSocket(socket, { isServer: true, secureContext: context });
    tls.once("secure", () => accepted.resolve(tls));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  const peer = await Deno.startTls(tcp, { hostname: "localhost", caCerts: [root.pem] });
  await peer.handshake();
  const sent = writeAll(peer, octets);
  const tls = await accepted.promise;
  tls.read(0);
  await waitUntil(() => tls.readableLength > 0, { what: "octets wait" });
  return { ...pair(new SocketStream(tls), { peer, closeListener: () => server.close() }), sent };
}

/** The stream is at the client's end, as that of an upstream whose rule has its own CA. */
async function dialTls(): Promise<Pair> {
  const root = await TestRoot.create("root");
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    ...await root.issue({ names: ["localhost"] }),
  });
  const accepting = listener.accept();
  const socket = connectTls({
    socket: connectTcp({ host: "127.0.0.1", port: listener.addr.port }),
    servername: "localhost",
    ca: root.pem,
    rejectUnauthorized: true,
  });
  const peer = await accepting;
  const shaken = peer.handshake();
  await once(socket, "secureConnect");
  await shaken;
  return pair(new SocketStream(socket), { peer, closeListener: () => listener.close() });
}

function pair(
  stream: SocketStream,
  { peer, closeListener }: { peer: Deno.Conn; closeListener: () => void },
): Pair {
  return {
    stream,
    peer,
    async [Symbol.asyncDispose]() {
      closeListener();
      stream.close();
      try {
        peer.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
      // The socket's own "close" comes a turn later.
      await delay(0);
    },
  };
}

async function readText(stream: SocketStream, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const chunk = await within(stream.read(), { what: `${length} octets have come` });
    if (chunk === null) break;
    text += decoder.decode(chunk);
  }
  return text;
}

/** What the kernel's buffers and the high-water mark may hold together, with much to spare. */
const heldOctets = 24 * 1024 * 1024;
const uploadOctets = 96 * 1024 * 1024;
const blockOctets = 64 * 1024;

/** Uploads numbered blocks, and counts what the connection has accepted. */
function upload(peer: Deno.Conn): { accepted: number; readonly ended: Promise<void> } {
  const progress = { accepted: 0, ended: Promise.resolve() };
  progress.ended = (async () => {
    const block = new Uint8Array(blockOctets);
    const numbers = new DataView(block.buffer);
    for (let number = 0; number < uploadOctets / blockOctets; number++) {
      numbers.setUint32(0, number);
      await writeAll(peer, block);
      progress.accepted += block.length;
    }
  })();
  // Where the test fails first, the connection is closed under it; the test awaits it otherwise.
  progress.ended.catch(() => {});
  return progress;
}

/** Resolves when the sender has been accepted nothing for a second, or has sent everything. */
async function untilHeldBack(progress: { readonly accepted: number }): Promise<void> {
  let last = -1;
  let since = performance.now();
  await waitUntil(() => {
    if (progress.accepted !== last) {
      last = progress.accepted;
      since = performance.now();
    }
    return progress.accepted === uploadOctets || performance.now() - since > 1000;
  }, { what: "the sender is held back", deadlineMs: 60_000 });
}

async function assertBackpressure({ stream, peer }: Pair): Promise<void> {
  const progress = upload(peer);
  // A first read, so that reading has begun and been stopped, not merely never been started.
  const first = await within(stream.read(), { what: "something has arrived" });
  assert.ok(first !== null);
  stream.unread(first.slice());
  await untilHeldBack(progress);
  assert.ok(
    progress.accepted < heldOctets,
    `${progress.accepted} octets were taken from the sender, and nobody reads them`,
  );

  // Once somebody reads, everything comes, in order.
  let position = 0;
  let checked = 0;
  while (position < uploadOctets) {
    const chunk = await within(stream.read(), { what: "the upload goes on" });
    assert.ok(chunk !== null, `the upload ends after ${position} octets`);
    const numbers = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const start = (blockOctets - position % blockOctets) % blockOctets;
    for (let at = start; at + 4 <= chunk.length; at += blockOctets) {
      assert.equal(numbers.getUint32(at), (position + at) / blockOctets);
      checked++;
    }
    position += chunk.length;
  }
  assert.equal(position, uploadOctets);
  assert.ok(checked > 100, "hardly any block was looked at");
  await progress.ended;
}

Deno.test("SocketStream holds a TLS client back that uploads while nobody reads", async () => {
  await using connection = await accept({ tls: true });
  await assertBackpressure(connection);
});

Deno.test("SocketStream holds a clear-text client back that uploads while nobody reads", async () => {
  await using connection = await accept({ tls: false });
  await assertBackpressure(connection);
});

Deno.test("SocketStream holds a TLS upstream back that sends while nobody reads", async () => {
  await using connection = await dialTls();
  await assertBackpressure(connection);
});

Deno.test("SocketStream gives what had come before it first", async () => {
  const octets = new Uint8Array(2 * 1024 * 1024);
  const numbers = new DataView(octets.buffer);
  for (let at = 0; at < octets.length; at += 4) numbers.setUint32(at, at);
  for (let round = 0; round < 5; round++) {
    await using connection = await acceptBusy(octets);
    let position = 0;
    while (position < octets.length) {
      const chunk = await within(connection.stream.read(), { what: "everything has come" });
      assert.ok(chunk !== null, `it ends after ${position} octets`);
      const expected = octets.subarray(position, position + chunk.length);
      assert.ok(
        chunk.every((octet, at) => octet === expected[at]),
        `${position} octets are in order, and not what follows`,
      );
      position += chunk.length;
    }
    await connection.sent;
  }
});

Deno.test("SocketStream.reuseReadBuffer() keeps the order of what has come and what comes", async () => {
  const octets = new Uint8Array(1024 * 1024);
  const numbers = new DataView(octets.buffer);
  for (let at = 0; at < octets.length; at += 4) numbers.setUint32(at, at);
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  const sent = writeAll(peer, octets);
  await within(stream.readable(), { what: "something has come" });
  let position = 0;
  while (position < octets.length) {
    const chunk = await within(stream.read(), { what: "everything has come" });
    assert.ok(chunk !== null, `it ends after ${position} octets`);
    assert.deepEqual(chunk, octets.subarray(position, position + chunk.length));
    // From the second on; the first was read as ever.
    if (position === 0) stream.reuseReadBuffer();
    position += chunk.length;
  }
  await sent;
});

for (const tls of [false, true]) {
  const what = tls ? "over TLS" : "in clear";

  Deno.test(`SocketStream.read() gives what came, then null, ${what}`, async () => {
    await using connection = await accept({ tls });
    const { stream, peer } = connection;
    await writeAll(peer, "hello");
    assert.equal(await readText(stream, 5), "hello");
    assert.equal(stream.ended, false);
    const ended = Promise.withResolvers<void>();
    let calls = 0;
    stream.onEnd = () => {
      calls++;
      ended.resolve();
    };
    await writeAll(peer, "last");
    await peer.close();
    assert.equal(await readText(stream, 4), "last");
    assert.equal(await within(stream.read(), { what: "the end has come" }), null);
    assert.equal(await stream.read(), null);
    await within(ended.promise, { what: "onEnd has been called" });
    assert.equal(stream.ended, true);
    stream.close();
    assert.equal(calls, 1);
  });

  Deno.test(`SocketStream.write() and closeWrite() reach the peer, ${what}`, async () => {
    await using connection = await accept({ tls });
    const { stream, peer } = connection;
    await stream.write(new TextEncoder().encode("hello"));
    await stream.closeWrite();
    await stream.closeWrite();
    const received: string[] = [];
    const buffer = new Uint8Array(100);
    for (let count = await peer.read(buffer); count !== null; count = await peer.read(buffer)) {
      received.push(decoder.decode(buffer.subarray(0, count)));
    }
    assert.equal(received.join(""), "hello");
  });
}

Deno.test("SocketStream.unread() puts octets back before what has not been read", async () => {
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  await writeAll(peer, "abcdef");
  assert.equal(await readText(stream, 6), "abcdef");
  assert.equal(stream.hasUnread, false);
  stream.unread(new Uint8Array());
  assert.equal(stream.hasUnread, false);
  stream.unread(new TextEncoder().encode("ef"));
  assert.equal(stream.hasUnread, true);
  await stream.readable();
  await writeAll(peer, "gh");
  assert.equal(await readText(stream, 4), "efgh");
});

Deno.test("SocketStream.readable() resolves at an arrival and at the end, and takes nothing", async () => {
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  const arrival = stream.readable();
  await writeAll(peer, "x");
  await within(arrival, { what: "an arrival is seen" });
  assert.equal(await readText(stream, 1), "x");
  const end = stream.readable();
  peer.close();
  await within(end, { what: "the end is seen" });
  assert.equal(await stream.read(), null);
});

Deno.test("SocketStream.readable() resolves at an arrival that a read takes, and is one promise", async () => {
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  const arrival = stream.readable();
  assert.equal(stream.readable(), arrival);
  const reading = stream.read();
  await writeAll(peer, "x");
  assert.equal(decoder.decode((await reading) ?? undefined), "x");
  await within(arrival, { what: "an arrival is seen" });
  assert.notEqual(stream.readable(), arrival);
});

Deno.test("SocketStream.close() ends a pending read", async () => {
  await using connection = await accept({ tls: true });
  const pending = connection.stream.read();
  connection.stream.close();
  assert.equal(await within(pending, { what: "the read has ended" }), null);
  connection.stream.close();
});

Deno.test("SocketStream.interrupt() fails the pending read alone; both sides go on", async () => {
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  const pending = stream.read();
  stream.interrupt();
  await assert.rejects(pending, /interrupted/);
  await writeAll(peer, "more");
  assert.equal(decoder.decode((await stream.read()) ?? undefined), "more");
  await stream.write(new TextEncoder().encode("bye"));
  const buffer = new Uint8Array(10);
  const count = await peer.read(buffer);
  assert.equal(decoder.decode(buffer.subarray(0, count ?? 0)), "bye");
});

Deno.test("SocketStream.abort() resets a connection in clear, so that it does not look complete", async () => {
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  await stream.write(new TextEncoder().encode("half"));
  const buffer = new Uint8Array(10);
  assert.equal(await peer.read(buffer), 4);
  stream.abort();
  await assert.rejects(peer.read(buffer), Deno.errors.ConnectionReset);
});

Deno.test("SocketStream.detach() gives the socket and what had arrived", async () => {
  await using connection = await accept({ tls: false });
  const { stream, peer } = connection;
  await writeAll(peer, "early");
  await within(stream.readable(), { what: "something has arrived" });
  const { socket, early } = stream.detach();
  assert.equal(early.map((bytes) => decoder.decode(bytes)).join(""), "early");
  assert.equal(socket.isPaused(), true);
  await writeAll(peer, "late");
  const again = new SocketStream(socket);
  socket.resume();
  assert.equal(await readText(again, 4), "late");
});
