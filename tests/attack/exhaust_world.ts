/**
 * The world of those who want the proxy to run out of something: memory, connections, processor time.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";
import { delay, waitUntil } from "../support/wait_until.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { Handler } from "../support/upstream.ts";
import { writeAll } from "../support/write_all.ts";
import type { AttackCase, Evidence } from "./attack_case.ts";
import { AttackWorld } from "./attack_world.ts";
import { evidence } from "./probe.ts";
import { frame } from "./echo_world.ts";

export const authority = "api.github.com:443";
export const host = "Host: api.github.com\r\n";

const mebibyte = 1024 * 1024;
/** What one attempt may cost for as long as it lasts. */
const allowedGrowth = 128 * mebibyte;
/** How much is written at most, at once and in all, by whoever writes without end. */
const blockLength = 64 * 1024;
const endlessLength = 256 * mebibyte;
/** When nothing has moved for so long, nothing will. */
const standstillMs = 500;

const decoded = Buffer.alloc(256 * mebibyte);
const bombs: Readonly<Record<string, () => Uint8Array>> = {
  gzip: () => gzipSync(decoded),
  br: () => brotliCompressSync(decoded, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: () => zstdCompressSync(decoded),
};

/** What comes again and again behind the beginning of an answer. */
const endless: Readonly<Record<string, readonly [begin: string, again: string]>> = {
  "/head": ["HTTP/1.1 200 OK\r\n", `X: ${"x".repeat(1000)}\r\n`],
  "/line": ["HTTP/1.1 200 OK\r\nX: ", "x".repeat(1000)],
  "/interim": ["", `HTTP/1.1 103 Early Hints\r\nX: ${"x".repeat(1000)}\r\n\r\n`],
  "/trailers": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    `X: ${"x".repeat(1000)}\r\n`,
  ],
  "/extension": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x".repeat(1000)],
  "/zeros": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0".repeat(1000)],
  "/body": ["HTTP/1.1 200 OK\r\n\r\n", "ghp_".repeat(1000)],
  "/chunks": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\ng\r\n".repeat(500)],
  // A message that has begun like a credential, and does not go on.
  "/pings": [switched() + frame(0x01, "ghp_"), frame(0x89, "x".repeat(100)).repeat(10)],
  "/fragments": [switched() + frame(0x01, "ghp_"), frame(0x00, "").repeat(500)],
};

function switched(): string {
  return "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
}

const answer: Handler = async (exchange) => {
  const { target } = exchange.request;
  const bomb = bombs[target.slice(1)];
  if (bomb !== undefined) {
    await exchange.respond({ body: bomb(), fields: { "Content-Encoding": target.slice(1) } });
    return;
  }
  if (target === "/unread") return await untilGone(exchange.connection);
  const script = endless[target];
  if (script === undefined) {
    await exchange.discardBody();
    return await exchange.respond();
  }
  const [begin, again] = script;
  await exchange.write(Buffer.from(begin, "latin1"));
  const block = Buffer.from(again.repeat(Math.ceil(blockLength / again.length)), "latin1");
  for (let sent = 0; sent < endlessLength; sent += block.length) await exchange.write(block);
  exchange.closesAfter = true;
};

/** Reads nothing and answers nothing, for as long as the connection is open. */
async function untilGone(connection: Deno.Conn): Promise<void> {
  for (;;) {
    await delay(100);
    await connection.write(new Uint8Array());
  }
}

/** @param limits As --limit takes them: tight ones if not given. */
export async function startExhaustWorld(
  limits: readonly string[] = [
    "head-timeout=2s",
    "handshake-timeout=2s",
    "max-connections-per-client=50",
  ],
): Promise<AttackWorld> {
  return await AttackWorld.start({
    args: [
      ...limits.flatMap((limit) => ["--limit", limit]),
      "--rule",
      "*.corp.test:8443,X-Api-Key,CORP_KEY",
    ],
    servers: [],
    flooded: { authority, handler: answer },
  });
}

/**
 * An attempt after which, and with whose connections open, a normal client is served; and that has
 * cost the proxy no more memory than it may.
 *
 * @param strain Gives what came back, as far as it matters. What it puts on the stack stays open.
 */
export function exhaust(
  wants: string,
  strain: (world: AttackWorld, stack: DisposableStack) => Promise<string | void>,
): AttackCase {
  return {
    wants,
    attempt: async (world): Promise<Evidence> => {
      await using watch = await MemoryWatch.start(world.proxy);
      using stack = new DisposableStack();
      const received = await strain(world, stack) ?? "";
      await world.assertServes(authority);
      await watch.assertGrowthBelow(allowedGrowth);
      return evidence(received);
    },
  };
}

/** A tunnel to GitHub's API. */
export async function openTunnel(world: AttackWorld, stack: DisposableStack): Promise<RawClient> {
  const { proxy: { url }, ca } = world;
  return stack.use(await RawClient.tunnel(url, { target: authority, ca }));
}

/** Writes the beginning, and then the same text again and again: until nobody takes it any more. */
export async function sendWithoutEnd(
  { connection }: RawClient,
  { begin, again }: { readonly begin: string; readonly again: string },
): Promise<void> {
  const block = Buffer.from(again.repeat(Math.ceil(blockLength / again.length)), "latin1");
  let sent = 0;
  let ended = false;
  async function send(): Promise<void> {
    try {
      await writeAll(connection, Buffer.from(begin, "latin1"));
      for (; sent < endlessLength; sent += block.length) await writeAll(connection, block);
    } catch {
      // The proxy has closed the connection, which is one way not to take more.
    }
    ended = true;
  }
  void send();
  await untilStandstill(() => ended ? undefined : sent);
}

/** Asks for a path whose answer does not end, and reads nothing. */
export function unread(path: string, fields = ""): Strain {
  return async (world, stack) => {
    const client = await openTunnel(world, stack);
    await client.send(`GET ${path} HTTP/1.1\r\n${host}${fields}\r\n`);
    await untilStandstill(() => world.lastAnswerLength);
  };
}

/** Asks for a path and throws away what comes, to the end or until it is `limit` octets. */
export function drained(path: string, { fields = "", limit = endlessLength } = {}): Strain {
  return async (world, stack) => {
    const client = await openTunnel(world, stack);
    await client.send(`GET ${path} HTTP/1.1\r\n${host}${fields}Connection: close\r\n\r\n`);
    let count = 0;
    try {
      while (count < limit) {
        const octets = await client.reader.readSome();
        if (octets === undefined) return;
        count += octets.length;
      }
    } catch {
      // Cut off: the answer was refused in the middle.
    }
  };
}

type Strain = Parameters<typeof exhaust>[1];

/** Waits until the measure has stood still for a while, or there is none any more. */
async function untilStandstill(
  measure: () => number | undefined | Promise<number | undefined>,
): Promise<void> {
  let last: number | undefined = -1;
  let since = performance.now();
  await waitUntil(async () => {
    const now = await measure();
    if (now === undefined) return true;
    if (now !== last) since = performance.now();
    last = now;
    await delay(20);
    return performance.now() - since > standstillMs;
  }, { what: "nothing moves any more", deadlineMs: 60_000 });
}
