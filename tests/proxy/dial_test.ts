import assert from "node:assert/strict";
import { ProxyError } from "../../src/errors.ts";
import { dial, dialSocket } from "../../src/proxy/dial.ts";
import { stalledListener } from "../support/stalled_listener.ts";

/** Whole 127.0.0.0/8 is the loopback on Linux; nothing listens on another of its addresses. */
const silent = "127.0.0.2";

function failsWith(kind: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ProxyError, `${error}`);
    assert.equal(error.kind, kind, error.message);
    return true;
  };
}

Deno.test("dial() connects to the first address that answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const orders = [["127.0.0.1"], [silent, "127.0.0.1"], ["127.0.0.1", silent], [
    silent,
    "127.0.0.3",
    "127.0.0.1",
  ]];
  for (const addresses of orders) {
    const accepting = listener.accept();
    using conn = await dial(addresses, { port, timeout: 5000 });
    using peer = await accepting;
    assert.equal(conn.remoteAddr.hostname, "127.0.0.1", addresses.join());
    assert.equal(conn.remoteAddr.port, port);
    assert.deepEqual(peer.remoteAddr, conn.localAddr);
  }
});

Deno.test("dial() goes on to the next address at once where one refuses", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusing = Array.from({ length: 40 }, (_, index) => `127.0.1.${index + 1}`);
  const accepting = listener.accept();
  const started = performance.now();
  using conn = await dial([...refusing, "127.0.0.1"], {
    port: listener.addr.port,
    timeout: 60_000,
  });
  using _peer = await accepting;
  assert.equal(conn.remoteAddr.hostname, "127.0.0.1");
  // 40 waits of 250 ms would be 10 s.
  assert.ok(performance.now() - started < 5000, "it waited for addresses that had refused");
});

Deno.test("dial() prefers the order that it is given", async () => {
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = first.addr;
  using second = Deno.listen({ hostname: silent, port });
  const accepting = first.accept();
  using conn = await dial(["127.0.0.1", silent], { port, timeout: 5000 });
  using _peer = await accepting;
  assert.equal(conn.remoteAddr.hostname, "127.0.0.1");
  assert.equal(second.addr.port, port);
});

Deno.test("dial() says connection_refused where nothing listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(
    dial(["127.0.0.1", silent], { port, timeout: 5000 }),
    failsWith("connection_refused"),
  );
});

Deno.test("dial() says destination_unavailable where an address cannot be reached", async () => {
  // The kernel refuses TCP to the broadcast address at once, with ENETUNREACH or EACCES.
  await assert.rejects(
    dial(["255.255.255.255"], { port: 9, timeout: 5000 }),
    failsWith("destination_unavailable"),
  );
  await assert.rejects(dial([], { port: 9, timeout: 5000 }), failsWith("destination_unavailable"));
});

Deno.test("dial() gives up when the time for all attempts is over", async () => {
  using stalled = await stalledListener();
  const before = attempts(stalled.port);
  const started = performance.now();
  await assert.rejects(
    dial(["127.0.0.1", "127.0.0.1"], { port: stalled.port, timeout: 400 }),
    failsWith("connection_timeout"),
  );
  assert.equal(attempts(stalled.port), before);
  const waited = performance.now() - started;
  assert.ok(waited >= 390 && waited < 5000, `it waited ${waited} ms`);
});

Deno.test("dial() tries the next address beside one that does not answer", async () => {
  using stalled = await stalledListener();
  using listener = Deno.listen({ hostname: silent, port: stalled.port });
  const accepting = listener.accept();
  const before = attempts(stalled.port);
  const started = performance.now();
  using conn = await dial(["127.0.0.1", silent], { port: stalled.port, timeout: 10_000 });
  using _peer = await accepting;
  assert.equal(attempts(stalled.port), before, "the attempt that lost is still under way");
  assert.equal(conn.remoteAddr.hostname, silent);
  const waited = performance.now() - started;
  assert.ok(waited >= 240 && waited < 5000, `it waited ${waited} ms`);
});

Deno.test("dial() leaves no attempt behind when it is called off", async () => {
  using stalled = await stalledListener();
  const before = attempts(stalled.port);
  const stop = new AbortController();
  const reason = new Error("the client has left");
  const dialling = dial(["127.0.0.1"], {
    port: stalled.port,
    timeout: 3000,
    signal: stop.signal,
  });
  stop.abort(reason);
  await assert.rejects(dialling, reason);
  assert.equal(attempts(stalled.port), before);
  await assert.rejects(
    dial(["127.0.0.1"], { port: stalled.port, timeout: 60_000, signal: stop.signal }),
    reason,
  );
});

Deno.test("dial() has no more than four attempts under way, and comes to every address", async () => {
  using stalled = await stalledListener();
  const before = attempts(stalled.port);
  using listener = Deno.listen({ hostname: silent, port: stalled.port });
  const accepting = listener.accept();
  const dialling = dial([...Array.from({ length: 12 }, () => "127.0.0.1"), silent], {
    port: stalled.port,
    timeout: 60_000,
  });
  let most = 0;
  const watch = setInterval(() => most = Math.max(most, attempts(stalled.port) - before), 20);
  using conn = await dialling.finally(() => clearInterval(watch));
  using _peer = await accepting;
  assert.equal(conn.remoteAddr.hostname, silent);
  assert.equal(most, 4);
});

Deno.test("dialSocket() connects to the first address that answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const { port } = listener.addr;
  const socket = await dialSocket([silent, "127.0.0.1"], { port, timeout: 5000 });
  using _peer = await accepting;
  assert.equal(socket.remoteAddress, "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy();
  await closed;
});

Deno.test("dialSocket() fails as dial() does, and leaves no attempt behind", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(
    dialSocket(["127.0.0.1", silent], { port, timeout: 5000 }),
    failsWith("connection_refused"),
  );
  using stalled = await stalledListener();
  const before = attempts(stalled.port);
  await assert.rejects(
    dialSocket(["127.0.0.1"], { port: stalled.port, timeout: 300 }),
    failsWith("connection_timeout"),
  );
  assert.equal(attempts(stalled.port), before);
  const stop = new AbortController();
  const reason = new Error("the client has left");
  const dialling = dialSocket(["127.0.0.1"], {
    port: stalled.port,
    timeout: 3000,
    signal: stop.signal,
  });
  stop.abort(reason);
  await assert.rejects(dialling, reason);
  assert.equal(attempts(stalled.port), before);
});

/** How many connections to 127.0.0.1 and this port wait for an answer (SYN_SENT, proc(5)). */
function attempts(port: number): number {
  const peer = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return Deno.readTextFileSync("/proc/net/tcp").split("\n").filter((line) => {
    const [, , remote, state] = line.trim().split(/\s+/);
    return remote === peer && state === "02";
  }).length;
}
