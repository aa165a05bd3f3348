/**
 * The contract: a proxy that has run out of file descriptors accepts connections again as soon as
 * it has some, and does not let it come to that again; and none is held for a client that has left.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { Flood } from "../support/flood.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { stalledListener } from "../support/stalled_listener.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const authority = "api.github.com:443";
const fewDescriptors = 64;

/** Bounds the descriptors of a process that runs, as `ulimit -n` does for one that is started. */
async function limitDescriptors({ pid }: ProxyProcess): Promise<void> {
  const { success, stderr } = await new Deno.Command("prlimit", {
    args: [`--pid=${pid}`, `--nofile=${fewDescriptors}:${fewDescriptors}`],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Files come and go by themselves for a while after the start. */
async function socketsOf({ pid }: ProxyProcess): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => "");
    if (target.startsWith("socket:")) count++;
  }
  return count;
}

async function descriptorsOf({ pid }: ProxyProcess): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
}

async function isServed(proxy: ProxyProcess, ca: string): Promise<boolean> {
  try {
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    return (await client.get("/", "Host: api.github.com\r\n")).status === 200;
  } catch {
    return false;
  }
}

for (const gone of ["gone", "still there"] as const) {
  Deno.test({
    name: `a proxy out of descriptors serves again when the flood is ${gone}`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using lab = await Lab.create();
      await lab.upstream([authority], json({}));
      const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: "ghp_real" } });
      const ca = await Deno.readTextFile(proxy.caFile);
      assert.ok(await isServed(proxy, ca));
      await limitDescriptors(proxy);
      await using stack = new AsyncDisposableStack();
      const flood = await Flood.open(proxy, { count: 200, opening: "", drip: "", once: true });
      stack.use(flood);
      await waitUntil(async () => await descriptorsOf(proxy) >= fewDescriptors, {
        what: "the proxy has no descriptor left",
      });
      if (gone === "gone") await flood[Symbol.asyncDispose]();
      await waitUntil(() => isServed(proxy, ca), { what: "a client is served again" });
      for (let request = 0; request < 10; request++) assert.ok(await isServed(proxy, ca));
      if (gone === "gone") return;
      assert.match(proxy.stderr, /out of file descriptors/);
      assert.ok(await descriptorsOf(proxy) < fewDescriptors);
    },
  });
}

/** Sends something on a new connection that is reset once the proxy has begun to dial for it. */
async function askAndLeave(proxy: ProxyProcess, request: string): Promise<void> {
  const before = await socketsOf(proxy);
  const socket = connect({ host: proxy.hostname, port: proxy.port });
  await once(socket, "connect");
  socket.write(request);
  await waitUntil(async () => await socketsOf(proxy) >= before + 2, {
    what: "the proxy dials",
  });
  socket.resetAndDestroy();
}

Deno.test({
  name: "a client that leaves while its upstream is dialled leaves no descriptor behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using lab = await Lab.create();
    using stalled = await stalledListener();
    const address = `127.0.0.1:${stalled.port}`;
    const proxy = await lab.proxy({
      secrets: { GITHUB_TOKEN: "ghp_real" },
      args: [
        ...["--limit", "connect-timeout=1h"],
        ...["--connect-to", `plain.example.com:80:${address}`],
        ...["--connect-to", `blind.example.com:443:${address}`],
        ...["--connect-to", `${authority}:${address}`],
        ...["--allow-private", "127.0.0.0/8"],
      ],
    });
    const ca = await Deno.readTextFile(proxy.caFile);
    const before = await socketsOf(proxy);
    const requests = [
      "GET http://plain.example.com/ HTTP/1.1\r\nHost: plain.example.com\r\n\r\n",
      "CONNECT blind.example.com:443 HTTP/1.1\r\nHost: blind.example.com\r\n\r\n",
      `CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n\r\n`,
    ];
    for (const request of requests) {
      await askAndLeave(proxy, request);
      await waitUntil(async () => await socketsOf(proxy) === before, {
        what: `the descriptors for ${request} are free`,
      });
    }
    const client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    await client.send("GET / HTTP/1.1\r\nHost: api.github.com\r\n\r\n");
    await waitUntil(async () => await socketsOf(proxy) === before + 2, {
      what: "the proxy dials for a request",
    });
    client.close();
    await waitUntil(async () => await socketsOf(proxy) === before, {
      what: "the descriptors for a request are free",
    });
  },
});
