/**
 * What a client has open through the proxy, to be held against what ends it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RawClient } from "./proxy_client.ts";
import { within } from "./wait_until.ts";
import { readFrame, writeFrame } from "./websocket_frames.ts";

const mask = new Uint8Array([1, 2, 3, 4]);

/** Something that is open: it lives, until it does not. */
export interface Open extends Disposable {
  /** Throws unless something goes through now. */
  alive(): Promise<void>;
  /** Resolves once the client has seen the end. */
  ended(): Promise<void>;
}

/** @param alive See `Open`. */
export function open(client: RawClient, alive: () => Promise<void>): Open {
  async function drain(): Promise<void> {
    try {
      while (await client.reader.readSome() !== undefined);
    } catch {
      // A reset is an end as well.
    }
  }
  return {
    alive,
    ended: () => within(drain(), { what: "the connection has ended" }),
    [Symbol.dispose]: () => client.close(),
  };
}

/** Opens the endless stream of events of a host. */
export async function openStream(client: RawClient, host: string): Promise<Open> {
  await client.send(`GET /endless HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await client.reader.readHead();
  return open(client, async () => {
    const octets = await within(client.reader.readSome(), { what: "an event arrives" });
    assert.ok(octets !== undefined, "the stream has ended");
  });
}

/** Opens the WebSocket of a host that echoes. */
export async function openWebSocket(client: RawClient, host: string): Promise<Open> {
  const { status } = await client.get(
    "/socket",
    `Host: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
  );
  assert.equal(status, 101);
  return open(client, async () => {
    await writeFrame(client.connection, { opcode: "text", payload: new Uint8Array([65]), mask });
    assert.equal((await readFrame(client.reader)).opcode, "text");
  });
}
