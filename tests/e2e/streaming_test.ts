/**
 * The contract: what streams goes on streaming. Events arrive when they are sent, websockets work
 * both ways, and a body of any size passes without being held in memory, even when the side that
 * should read it stands still.
 *
 * E2E_STREAM_BYTES sets the size of the big bodies; 512 MiB if it is not set.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { startClient } from "../support/clients.ts";
import { Lab } from "../support/lab.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { testWith, tool } from "../support/tools.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import {
  byPath,
  countUpload,
  download,
  echoWebSocket,
  json,
  serverSentEvents,
} from "../support/upstream_scripts.ts";
import { delay, waitUntil } from "../support/wait_until.ts";
import { acceptKey, readFrame, writeFrame } from "../support/websocket_frames.ts";

const secrets = { GITHUB_TOKEN: "ghp_real" };
const injected = { name: "authorization", value: "Bearer ghp_real" };
const host = "Host: api.github.com\r\n";
const mebibyte = 1024 * 1024;
const bigBytes = Number(Deno.env.get("E2E_STREAM_BYTES") ?? 512 * mebibyte);
const allowedGrowth = 64 * mebibyte;
const stallMs = 10_000;

async function openTunnel(proxy: ProxyProcess): Promise<RawClient> {
  const ca = await Deno.readTextFile(proxy.caFile);
  return await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
}

Deno.test("each of 20 server-sent events arrives within the gap in which it was sent", async () => {
  const gapMs = 200;
  await using lab = await Lab.create();
  const events = serverSentEvents({ events: 20, gapMs });
  const upstream = await lab.upstream(["api.github.com:443"], events);
  const proxy = await lab.proxy({ secrets });
  using client = await openTunnel(proxy);
  await client.send(`GET /events HTTP/1.1\r\n${host}\r\n`);
  const head = await client.reader.readHead();
  assert.equal(head?.startLine, "HTTP/1.1 200 OK");

  let text = "";
  const delays: number[] = [];
  for await (const bytes of client.reader.body(head.fields, { untilClose: false })) {
    text += new TextDecoder().decode(bytes);
    for (;;) {
      const event = /^id: (\d+)\ndata: (\d+)\n\n/.exec(text);
      if (event === null) break;
      assert.equal(Number(event[1]), delays.length);
      delays.push(Date.now() - Number(event[2]));
      text = text.slice(event[0].length);
    }
  }
  assert.equal(delays.length, 20);
  assert.ok(delays.every((ms) => ms < gapMs), `Events took ${delays.join(", ")} ms`);
  assertInjected(upstream, injected);
});

Deno.test("a websocket echoes both ways, with the credential on its handshake", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["api.github.com:443"], echoWebSocket);
  const proxy = await lab.proxy({ secrets });
  using client = await openTunnel(proxy);
  const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const response = await client.get(
    "/socket",
    `${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${key}\r\n`,
  );
  assert.equal(response.status, 101, response.body);
  assert.equal(response.value("sec-websocket-accept"), await acceptKey(key));
  assert.equal(response.value("upgrade")?.toLowerCase(), "websocket");
  assertInjected(upstream, injected);

  const mask = crypto.getRandomValues(new Uint8Array(4));
  for (const length of [1, 125, 126, 40_000]) {
    const payload = crypto.getRandomValues(new Uint8Array(length));
    await writeFrame(client.connection, { opcode: "binary", payload, mask });
    const echo = await readFrame(client.reader);
    assert.deepEqual(echo, { opcode: "binary", payload, masked: false });
  }
  await writeFrame(client.connection, { opcode: "close", payload: new Uint8Array([3, 232]), mask });
  assert.equal((await readFrame(client.reader)).opcode, "close");
  await client.expectEnd();
  await upstream.waitUntilIdle();
});

/** What a handler waits for before it goes on reading. */
interface Stall {
  readonly reached: PromiseWithResolvers<void>;
  readonly over: PromiseWithResolvers<void>;
}

/** Reads a tenth of the body, stands still until told to go on, reads the rest. */
function stallingUpload(stall: Stall): Handler {
  return async (exchange) => {
    const body = exchange.body();
    while (exchange.request.bodyBytes < bigBytes / 10 && !(await body.next()).done);
    stall.reached.resolve();
    await stall.over.promise;
    await countUpload(exchange);
  };
}

interface BigWorld extends AsyncDisposable {
  readonly lab: Lab;
  readonly proxy: ProxyProcess;
  readonly upstream: Upstream;
  readonly stall: Stall;
}

/** A proxy that has warmed up, so that its growth is that of the transfer alone. */
async function bigWorld(): Promise<BigWorld> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const stall: Stall = { reached: Promise.withResolvers(), over: Promise.withResolvers() };
  stack.defer(() => stall.over.resolve());
  const upstream = await lab.upstream(
    ["api.github.com:443"],
    byPath({
      "/small": json({}),
      "/download": download(bigBytes),
      "/warm-up": download(16 * mebibyte),
      "/upload": countUpload,
      "/stalling-upload": stallingUpload(stall),
    }),
  );
  const proxy = await lab.proxy({ secrets });
  await using warmUp = curl({ lab, proxy }, ["https://api.github.com/warm-up"]);
  assert.equal((await warmUp.waitForExit()).code, 0, warmUp.stderr.text);
  const owned = stack.move();
  return { lab, proxy, upstream, stall, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function curl(world: Pick<BigWorld, "proxy" | "lab">, args: readonly string[]) {
  const report = "%{http_code} %{size_download} %{size_upload}";
  const options = ["--silent", "--show-error", "--output", "/dev/null", "--write-out", report];
  return startClient(["curl", ...options, ...args], {
    proxy: world.proxy,
    dir: world.lab.dir,
    secrets: ["ghp_real"],
  });
}

/** curl arguments that upload a file of {@linkcode bigBytes} zeros, which takes no room on disk. */
async function uploadArgs(world: BigWorld, path: string): Promise<string[]> {
  const file = await world.lab.dir.write("big", "");
  await Deno.truncate(file, bigBytes);
  return ["--upload-file", file, `https://api.github.com${path}`];
}

testWith(`${bigBytes} bytes come down in constant memory`, {
  needs: [tool("curl")],
  fn: async () => {
    await using world = await bigWorld();
    await using memory = await MemoryWatch.start(world.proxy);
    await using client = curl(world, ["https://api.github.com/download"]);
    const { stdout, stderr } = await client.waitForExit();
    assert.equal(stdout, `200 ${bigBytes} 0`, stderr);
    await memory.assertGrowthBelow(allowedGrowth);
  },
});

testWith(`${bigBytes} bytes go up in constant memory`, {
  needs: [tool("curl")],
  fn: async () => {
    await using world = await bigWorld();
    const args = await uploadArgs(world, "/upload");
    await using memory = await MemoryWatch.start(world.proxy);
    await using client = curl(world, args);
    const { stdout, stderr } = await client.waitForExit();
    assert.match(stdout, new RegExp(`^200 \\d+ ${bigBytes}$`), stderr);
    assert.equal(world.upstream.requests.at(-1)?.bodyBytes, bigBytes);
    await memory.assertGrowthBelow(allowedGrowth);
  },
});

testWith("a client that stops reading for 10 s costs no memory, and gets everything", {
  needs: [tool("curl")],
  fn: async () => {
    await using world = await bigWorld();
    await using memory = await MemoryWatch.start(world.proxy);
    await using client = curl(world, ["https://api.github.com/download"]);
    await waitUntil(() => world.upstream.requests.at(-1)?.path === "/download", {
      what: "the download has begun",
    });
    client.child.kill("SIGSTOP");
    await delay(stallMs);
    const sent = world.upstream.requests.at(-1)?.sentBytes ?? bigBytes;
    assert.ok(sent < bigBytes, "The proxy took the whole body though its client stood still");
    client.child.kill("SIGCONT");
    const { stdout, stderr } = await client.waitForExit();
    assert.equal(stdout, `200 ${bigBytes} 0`, stderr);
    await memory.assertGrowthBelow(allowedGrowth);
  },
});

testWith("an upstream that stops reading for 10 s costs no memory, and gets everything", {
  needs: [tool("curl")],
  fn: async () => {
    await using world = await bigWorld();
    const args = await uploadArgs(world, "/stalling-upload");
    await using memory = await MemoryWatch.start(world.proxy);
    await using client = curl(world, args);
    await world.stall.reached.promise;
    await delay(stallMs);
    assert.equal(client.exited, false, client.stderr.text);
    world.stall.over.resolve();
    const { stdout, stderr } = await client.waitForExit();
    assert.match(stdout, new RegExp(`^200 \\d+ ${bigBytes}$`), stderr);
    assert.equal(world.upstream.requests.at(-1)?.bodyBytes, bigBytes);
    await memory.assertGrowthBelow(allowedGrowth);
  },
});
