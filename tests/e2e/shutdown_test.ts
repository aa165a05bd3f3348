/**
 * The contract: whichever side fails or leaves, the proxy neither crashes nor keeps a connection
 * open, and when it is told to stop it finishes what it has begun, within its time, and exits 0.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { Relay } from "../support/relay.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import {
  byPath,
  countUpload,
  echoWebSocket,
  endless,
  json,
  killMidResponse,
} from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_real" };
const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";

async function openTunnel(proxy: ProxyProcess): Promise<RawClient> {
  const ca = await Deno.readTextFile(proxy.caFile);
  return await RawClient.tunnel(proxy.url, { target: authority, ca });
}

/** The proxy still works, then stops as it should, and no connection is left. */
async function assertSound(proxy: ProxyProcess, upstream: Upstream): Promise<void> {
  using client = await openTunnel(proxy);
  const response = await client.get("/ok", host);
  assert.equal(response.status, 200, response.body);
  client.close();
  await proxy.stop();
  await upstream.waitUntilIdle();
}

Deno.test("an upstream killed mid-response ends the client's connection, and nothing else", async () => {
  await using lab = await Lab.create();
  const handler = byPath({ "/kill": killMidResponse, "/ok": json({}) });
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets });
  for (let round = 0; round < 5; round++) {
    using client = await openTunnel(proxy);
    await client.send(`GET /kill HTTP/1.1\r\n${host}\r\n`);
    // A response cut short must not look whole: the client has to see the body end early.
    await assert.rejects(
      client.receive({ method: "GET" }),
      (error: Error) => !/Waited in vain/.test(error.message),
    );
  }
  await assertSound(proxy, upstream);
});

Deno.test("an upstream that closes before it answers gives 502", async () => {
  await using lab = await Lab.create();
  const kill: Handler = (exchange) => exchange.kill();
  const upstream = await lab.upstream([authority], byPath({ "/kill": kill, "/ok": json({}) }));
  const proxy = await lab.proxy({ secrets });
  using client = await openTunnel(proxy);
  await client.send(`POST /kill HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`);
  const response = await client.receive({ method: "POST" });
  assert.equal(response.status, 502, response.body);
  assert.equal(upstream.requests.length, 1, "A POST is never sent twice");
  client.close();
  await assertSound(proxy, upstream);
});

Deno.test("a client that resets mid-upload ends the upstream's connection, and nothing else", async () => {
  await using lab = await Lab.create();
  const handler = byPath({ "/upload": countUpload, "/ok": json({}) });
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets });
  for (let round = 0; round < 5; round++) {
    await using relay = await Relay.start(proxy);
    using client = await RawClient.tunnel(relay.url, {
      target: authority,
      ca: await Deno.readTextFile(proxy.caFile),
    });
    await client.send(`PUT /upload HTTP/1.1\r\n${host}Content-Length: 10000000\r\n\r\n`);
    await client.send("x".repeat(100_000));
    await waitUntil(() => (upstream.requests[round]?.bodyBytes ?? 0) > 0, {
      what: "the upload has reached the upstream",
    });
    relay.reset();
    await upstream.waitUntilIdle();
    assert.equal(upstream.requests[round]?.complete, false);
  }
  await assertSound(proxy, upstream);
});

Deno.test("SIGTERM with 100 requests in flight lets all of them complete", async () => {
  await using lab = await Lab.create();
  const answer = Promise.withResolvers<void>();
  const upstream = await lab.upstream([authority], async (exchange) => {
    await answer.promise;
    await exchange.respond({ body: "done" });
  });
  const proxy = await lab.proxy({ secrets, args: ["--drain-timeout", "60"] });
  const clients = await Promise.all(Array.from({ length: 100 }, () => openTunnel(proxy)));
  try {
    const responses = Promise.allSettled(clients.map((client) => client.get("/slow", host)));
    await upstream.waitForRequests(100);
    proxy.signal("SIGTERM");
    await assertAcceptsNoMore(proxy);
    answer.resolve();
    const bodies = (await responses).map((result) =>
      result.status === "fulfilled" ? result.value.body : String(result.reason)
    );
    assert.deepEqual(bodies, Array(100).fill("done"));
    assert.equal(await proxy.waitForExit(), 0, proxy.stderr);
    proxy.assertNoCrash();
    await upstream.waitUntilIdle();
  } finally {
    answer.resolve();
    for (const client of clients) client.close();
  }
});

/** Waits until new connections are refused, or closed without an answer. */
async function assertAcceptsNoMore(proxy: ProxyProcess): Promise<void> {
  await waitUntil(async () => {
    try {
      using late = await RawClient.connect(proxy.url);
      await late.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      return await late.reader.readSome() === undefined;
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return true;
      if (error instanceof Deno.errors.ConnectionReset) return true;
      throw error;
    }
  }, { what: "the proxy accepts no more connections" });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} cuts tunnels and endless streams after --drain-timeout`, async () => {
    await using lab = await Lab.create();
    const handler = byPath({ "/endless": endless, "/socket": echoWebSocket });
    const upstream = await lab.upstream([authority, "blind.example.com:443"], handler);
    const proxy = await lab.proxy({ secrets, args: ["--drain-timeout", "2"] });
    using streaming = await openTunnel(proxy);
    await streaming.send(`GET /endless HTTP/1.1\r\n${host}\r\n`);
    assert.match((await streaming.reader.readHead())?.startLine ?? "", /200/);
    const tunnel = { target: "blind.example.com:443", ca: lab.root.pem };
    using tunnelled = await RawClient.tunnel(proxy.url, tunnel);
    using raw = await RawClient.connect(proxy.url);
    assert.equal((await raw.openTunnel("blind.example.com:443")).status, 200);

    const before = performance.now();
    proxy.signal(signal);
    assert.equal(await proxy.waitForExit(), 0, proxy.stderr);
    const seconds = (performance.now() - before) / 1000;
    assert.ok(seconds >= 1.9 && seconds < 10, `The proxy took ${seconds} s`);
    proxy.assertNoCrash();
    await tunnelled.expectEnd();
    await upstream.waitUntilIdle();
  });
}

Deno.test("an idle proxy with idle connections stops at once", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], json({}));
  const proxy = await lab.proxy({ secrets });
  using idle = await openTunnel(proxy);
  assert.equal((await idle.get("/ok", host)).status, 200);
  const before = performance.now();
  await proxy.stop();
  assert.ok(performance.now() - before < 10_000, "An idle connection held the proxy up");
  await upstream.waitUntilIdle();
});

Deno.test("a second signal ends the proxy at once", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], byPath({ "/endless": endless }));
  const proxy = await lab.proxy({ secrets, args: ["--drain-timeout", "300"] });
  using client = await openTunnel(proxy);
  await client.send(`GET /endless HTTP/1.1\r\n${host}\r\n`);
  assert.match((await client.reader.readHead())?.startLine ?? "", /200/);
  proxy.signal("SIGTERM");
  await assertAcceptsNoMore(proxy);
  assert.equal(proxy.exited, false);
  proxy.signal("SIGTERM");
  await proxy.waitForExit(5_000);
  proxy.assertNoCrash();
  await upstream.waitUntilIdle();
});
