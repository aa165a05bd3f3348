import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import { Deadlines } from "../../src/proxy/deadlines.ts";
import { DenoStream } from "../../src/proxy/deno_stream.ts";
import { SocketStream } from "../../src/proxy/socket_stream.ts";
import { type UpstreamConnection, UpstreamPool } from "../../src/proxy/upstream_pool.ts";
import { delay, waitUntil } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";

const limits = { poolSize: 2, poolTotal: 3, poolIdleTimeout: 60_000 };

/** Both kinds of streams to upstreams, as they are opened. */
const kinds: Record<string, (port: number) => Promise<ByteStream>> = {
  DenoStream: async (port) => new DenoStream(await Deno.connect({ hostname: "127.0.0.1", port })),
  SocketStream: async (port) => {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return new SocketStream(socket);
  },
};

/** Upstream connections, each with the peer at its other end. */
class Connections implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #all: { connection: UpstreamConnection; peer: Deno.Conn }[] = [];
  readonly #kind: string;

  constructor(kind = "DenoStream") {
    this.#kind = kind;
  }

  async open(key: string): Promise<{ connection: UpstreamConnection; peer: Deno.Conn }> {
    const [stream, peer] = await Promise.all([
      kinds[this.#kind]?.(this.#listener.addr.port),
      this.#listener.accept(),
    ]);
    assert.ok(stream !== undefined);
    const connection = { key, stream, protocol: "http/1.1" as const, reused: false };
    const opened = { connection, peer };
    this.#all.push(opened);
    return opened;
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const { connection, peer } of this.#all) {
      connection.stream.close();
      try {
        peer.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
  }
}

/** Resolves once the peer sees that the pool has closed its connection. */
async function untilClosed(peer: Deno.Conn): Promise<void> {
  let closed = false;
  const reading = peer.read(new Uint8Array(1)).then(
    (count) => closed = count === null,
    () => closed = true,
  );
  await waitUntil(() => closed, { what: "the pool has closed the connection" });
  await reading;
}

Deno.test("UpstreamPool gives the connection of the key that was used last, once", async () => {
  await using connections = new Connections();
  const pool = new UpstreamPool(new Deadlines(), limits);
  const first = (await connections.open("a")).connection;
  const second = (await connections.open("a")).connection;
  const other = (await connections.open("b")).connection;
  assert.equal(pool.take("a"), undefined);
  for (const connection of [first, second, other]) pool.put(connection);
  assert.equal(second.reused, true);
  assert.equal(pool.take("A"), undefined);
  assert.equal(pool.take("a"), second);
  assert.equal(pool.take("a"), first);
  assert.equal(pool.take("a"), undefined);
  assert.equal(pool.take("b"), other);
});

for (const kind of Object.keys(kinds)) {
  Deno.test(`UpstreamPool evicts a connection that the upstream ends, over ${kind}`, async () => {
    await using connections = new Connections(kind);
    const pool = new UpstreamPool(new Deadlines(), limits);
    const { connection, peer } = await connections.open("a");
    const { connection: healthy } = await connections.open("a");
    pool.put(healthy);
    pool.put(connection);
    await peer.closeWrite();
    await untilClosed(peer);
    assert.equal(pool.take("a"), healthy);
    assert.equal(pool.take("a"), undefined);
  });

  Deno.test(`UpstreamPool evicts a connection on which something arrives that nobody asked for, over ${kind}`, async () => {
    await using connections = new Connections(kind);
    const pool = new UpstreamPool(new Deadlines(), limits);
    const { connection, peer } = await connections.open("a");
    pool.put(connection);
    await writeAll(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    await untilClosed(peer);
    assert.equal(pool.take("a"), undefined);
  });

  Deno.test(`UpstreamPool evicts a connection that holds octets already when it is put back, over ${kind}`, async () => {
    await using connections = new Connections(kind);
    const pool = new UpstreamPool(new Deadlines(), limits);
    const { connection, peer } = await connections.open("a");
    connection.stream.unread(new TextEncoder().encode("HTTP/1.1 200 OK\r\n"));
    pool.put(connection);
    await untilClosed(peer);
    assert.equal(pool.take("a"), undefined);
  });

  Deno.test(`UpstreamPool leaves a connection alone that has been taken, over ${kind}`, async () => {
    await using connections = new Connections(kind);
    const pool = new UpstreamPool(new Deadlines(), limits);
    const { connection, peer } = await connections.open("a");
    pool.put(connection);
    assert.equal(pool.take("a"), connection);
    await writeAll(peer, "answer");
    const answer = await connection.stream.read();
    assert.equal(new TextDecoder().decode(answer ?? undefined), "answer");
    // And again, on the second use.
    pool.put(connection);
    assert.equal(pool.take("a"), connection);
    await writeAll(peer, "again");
    assert.equal(new TextDecoder().decode((await connection.stream.read()) ?? undefined), "again");
  });

  Deno.test(`UpstreamPool evicts a connection after any number of exchanges, over ${kind}`, async () => {
    await using connections = new Connections(kind);
    const pool = new UpstreamPool(new Deadlines(), limits);
    const { connection, peer } = await connections.open("a");
    const { stream } = connection;
    for (let exchange = 0; exchange < 20; exchange++) {
      pool.put(connection);
      assert.equal(pool.take("a"), connection);
      const reading = stream.read();
      await writeAll(peer, "answer");
      assert.equal((await reading)?.length, "answer".length);
    }
    pool.put(connection);
    await delay(20);
    assert.equal(pool.take("a"), connection, "it was evicted for what had been asked for");
    pool.put(connection);
    await writeAll(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    await untilClosed(peer);
    assert.equal(pool.take("a"), undefined);
  });
}

for (const kind of Object.keys(kinds)) {
  Deno.test(`UpstreamPool.take() passes over what has just become useless, over ${kind}`, async () => {
    await using connections = new Connections(kind);
    const pool = new UpstreamPool(new Deadlines(), limits);
    const { connection: healthy } = await connections.open("a");
    const { connection, peer } = await connections.open("a");
    pool.put(healthy);
    pool.put(connection);
    connection.stream.unread(new TextEncoder().encode("HTTP/1.1 200 OK\r\n"));
    assert.equal(pool.take("a"), healthy);
    await untilClosed(peer);
    assert.equal(pool.take("a"), undefined);
  });
}

Deno.test("UpstreamPool keeps poolSize connections of a key and closes more", async () => {
  await using connections = new Connections();
  const pool = new UpstreamPool(new Deadlines(), limits);
  const kept = [await connections.open("a"), await connections.open("a")];
  for (const { connection } of kept) pool.put(connection);
  const surplus = await connections.open("a");
  pool.put(surplus.connection);
  await untilClosed(surplus.peer);
  pool.put((await connections.open("b")).connection);
  assert.equal(pool.take("a"), kept[1]?.connection);
  assert.equal(pool.take("a"), kept[0]?.connection);
  assert.equal(pool.take("a"), undefined);
  assert.notEqual(pool.take("b"), undefined);
});

Deno.test("UpstreamPool closes a connection that has been idle for too long", async () => {
  await using connections = new Connections();
  const pool = new UpstreamPool(new Deadlines(), {
    poolSize: 2,
    poolTotal: 3,
    poolIdleTimeout: 300,
  });
  const { connection, peer } = await connections.open("a");
  pool.put(connection);
  await untilClosed(peer);
  assert.equal(pool.take("a"), undefined);
});

Deno.test("UpstreamPool.close() closes what is idle, and what is put back later", async () => {
  await using connections = new Connections();
  const pool = new UpstreamPool(new Deadlines(), limits);
  const idle = await connections.open("a");
  const busy = await connections.open("a");
  pool.put(busy.connection);
  assert.equal(pool.take("a"), busy.connection);
  pool.put(idle.connection);
  pool.close();
  await untilClosed(idle.peer);
  assert.equal(pool.take("a"), undefined);
  await busy.connection.stream.write(new TextEncoder().encode("still in use"));
  assert.equal(await busy.peer.read(new Uint8Array(20)), "still in use".length);
  pool.put(busy.connection);
  await untilClosed(busy.peer);
  assert.equal(pool.take("a"), undefined);
});

Deno.test("UpstreamPool keeps poolTotal connections in all and closes the oldest", async () => {
  await using connections = new Connections();
  const pool = new UpstreamPool(new Deadlines(), limits);
  const oldest = await connections.open("a");
  pool.put(oldest.connection);
  for (const key of ["b", "c", "d"]) pool.put((await connections.open(key)).connection);
  await untilClosed(oldest.peer);
  assert.equal(pool.take("a"), undefined);
  for (const key of ["b", "c", "d"]) assert.notEqual(pool.take(key), undefined);
});
