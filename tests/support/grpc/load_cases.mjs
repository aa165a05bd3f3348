/**
 * Many calls, and long ones.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { unary } from "./calls.mjs";
import { fromJson } from "./service.mjs";

export const loadCases = {
  "100 streams at once": async ({ client }) => {
    const calls = Array.from({ length: 100 }, () => client.Chat());
    const chats = calls.map((call) => ({ call, answers: call[Symbol.asyncIterator]() }));
    // All are open before any goes on, and none ends before all have been answered.
    for (let turn = 0; turn < 5; turn++) {
      for (const [at, { call }] of chats.entries()) call.write(Buffer.from(`ping ${at} ${turn}`));
      for (const [at, { answers }] of chats.entries()) {
        assert.equal((await answers.next()).value.toString(), `pong ${at} ${turn}`);
      }
    }
    for (const { call } of chats) call.end();
    for (const { answers } of chats) assert.equal((await answers.next()).done, true);
  },

  "2,000 unary calls, 100 at a time": async (lab) => {
    let left = 2000;
    await Promise.all(Array.from({ length: 100 }, async () => {
      while (left-- > 0) {
        const request = Buffer.from(`request ${left}`);
        const { message } = await unary(lab, "Echo", request);
        assert.ok(request.equals(message));
      }
    }));
  },

  "a stream of 256 MiB": async ({ client }) => {
    const call = client.Download(fromJson({ count: 4096, size: 65_536 }));
    let octets = 0;
    for await (const message of call) octets += message.length;
    assert.equal(octets, 4096 * 65_536);
  },
};
