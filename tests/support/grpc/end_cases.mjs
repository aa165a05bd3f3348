/**
 * Calls that end otherwise: by a status of the server, by a deadline, by either side's cancellation.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { statusOf, unary, untilSeen } from "./calls.mjs";
import { fromJson } from "./service.mjs";

export const endCases = {
  "an error without a message (trailers only)": async (lab) => {
    const request = fromJson({ code: 5, details: "nothing here: 100 % ü" });
    await assert.rejects(unary(lab, "Fail", request), (error) => {
      assert.equal(error.code, lab.grpc.status.NOT_FOUND);
      assert.equal(error.details, "nothing here: 100 % ü");
      return true;
    });
  },

  "a status in the trailers, after messages": async ({ client, grpc }) => {
    const call = client.Download(fromJson({ count: 3, size: 10, code: 8 }));
    const ended = statusOf(call);
    let count = 0;
    call.on("data", () => count++);
    const status = await ended;
    assert.equal(status.code, grpc.status.RESOURCE_EXHAUSTED);
    assert.equal(status.details, "after 3 messages");
    assert.equal(count, 3);
  },

  "a method that is not there": async ({ client, grpc }) => {
    const same = (octets) => octets;
    const ended = new Promise((resolve) => {
      client.makeUnaryRequest("/lab.Lab/Nothing", same, same, Buffer.from("x"), resolve);
    });
    assert.equal((await ended).code, grpc.status.UNIMPLEMENTED);
  },

  "a server that compresses, unasked, is refused": async (lab) => {
    await assert.rejects(unary(lab, "Compress", Buffer.from("x")), (error) => {
      assert.equal(error.code, lab.grpc.status.UNAVAILABLE);
      assert.match(error.details, /^auth-proxy: The destination's messages are compressed/);
      return true;
    });
  },

  "a deadline, of which the server knows": async (lab) => {
    const name = `deadline-${Math.random()}`;
    const deadline = Date.now() + 500;
    await assert.rejects(unary(lab, "Hang", fromJson({ name }), { deadline }), (error) => {
      assert.equal(error.code, lab.grpc.status.DEADLINE_EXCEEDED);
      return true;
    });
    await untilSeen(lab, ({ cancelled }) => cancelled.includes(name));
    await untilSeen(
      lab,
      ({ deadlines }) =>
        deadlines.some((entry) =>
          entry.name === name && Math.abs(entry.deadline - deadline) < 30_000
        ),
    );
  },

  "a client that cancels, of which the server learns": async (lab) => {
    const name = `cancelled-${Math.random()}`;
    const call = lab.client.Hang(fromJson({ name }), () => {});
    const status = statusOf(call);
    await untilSeen(lab, ({ deadlines }) => deadlines.some((entry) => entry.name === name));
    call.cancel();
    assert.equal((await status).code, lab.grpc.status.CANCELLED);
    await untilSeen(lab, ({ cancelled }) => cancelled.includes(name));
  },

  "a client that cancels a stream, of which the server learns": async (lab) => {
    const name = `stream-${Math.random()}`;
    const call = lab.client.HangStream();
    const status = statusOf(call);
    call.write(fromJson({ name }));
    await new Promise((resolve) => call.once("data", resolve));
    call.cancel();
    assert.equal((await status).code, lab.grpc.status.CANCELLED);
    await untilSeen(lab, ({ cancelled }) => cancelled.includes(name));
  },

  "a server that ends a stream while the client sends": async ({ client, grpc }) => {
    const call = client.Refuse();
    let isOver = false;
    const ended = statusOf(call).then((status) => {
      isOver = true;
      return status;
    });
    call.on("data", () => {});
    while (!isOver) {
      call.write(Buffer.alloc(10_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { code, details } = await ended;
    assert.equal(code, grpc.status.ABORTED);
    assert.equal(details, "enough");
  },
};
