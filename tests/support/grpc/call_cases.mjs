/**
 * Calls of every kind that end well.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { seen, statusOf, unary, write } from "./calls.mjs";
import { fromJson, toJson } from "./service.mjs";

const tenMegabytes = 10_000_000;
const masked = /^Bearer \*{10,}$/;

export const callCases = {
  "a unary call": async (lab) => {
    const { message } = await unary(lab, "Echo", Buffer.from("hello"));
    assert.equal(message.toString(), "hello");
    const { message: empty } = await unary(lab, "Echo", Buffer.alloc(0));
    assert.equal(empty.length, 0);
  },

  "metadata both ways, binary too": async (lab) => {
    const metadata = new lab.grpc.Metadata();
    const octets = Buffer.from([0, 1, 2, 253, 254, 255]);
    metadata.add("x-echo", "one");
    metadata.add("x-echo", "two");
    metadata.add("x-echo-bin", octets);
    const { initial, trailing } = await unary(lab, "Echo", Buffer.from("x"), { metadata });
    assert.deepEqual(initial.get("x-initial"), ["one, two"]);
    assert.deepEqual(trailing.get("x-trailing"), ["one, two"]);
    assert.deepEqual(initial.get("x-initial-bin"), [octets]);
    assert.deepEqual(trailing.get("x-trailing-bin"), [octets]);
  },

  "server streaming": async ({ client }) => {
    const call = client.Download(fromJson({ count: 200, size: 1000 }));
    const status = statusOf(call);
    let count = 0;
    for await (const message of call) {
      assert.deepEqual(message, Buffer.alloc(1000, count % 251));
      count++;
    }
    assert.equal(count, 200);
    assert.equal((await status).code, 0);
  },

  "client streaming": async (lab) => {
    const answer = await upload(lab, Array.from({ length: 300 }, (_, at) => randomBytes(at * 7)));
    assert.equal(answer.count, 300);
  },

  "bidirectional streaming, one answer before each next message": async ({ client }) => {
    const call = client.Chat();
    const answers = call[Symbol.asyncIterator]();
    for (let turn = 0; turn < 50; turn++) {
      call.write(Buffer.from(`ping ${turn} of a word that goes on`));
      const { value } = await answers.next();
      assert.equal(value.toString(), `pong ${turn} of a word that goes on`);
    }
    call.end();
    assert.equal((await answers.next()).done, true);
  },

  "messages of 10 MB both ways": async (lab) => {
    const large = randomBytes(tenMegabytes);
    const { message } = await unary(lab, "Echo", large);
    assert.ok(large.equals(message));
    assert.equal((await upload(lab, [large, large])).octets, 2 * tenMegabytes);
  },

  "the client's own authorization goes, and what the proxy has is there once in every call": async (
    lab,
  ) => {
    for (const value of ["Bearer mine", "Basic bWluZTptaW5l"]) {
      const metadata = new lab.grpc.Metadata();
      metadata.set("authorization", value);
      await unary(lab, "Echo", Buffer.from("x"), { metadata });
    }
    const { streams, asExpected } = await seen(lab);
    assert.ok(streams >= 3);
    assert.equal(asExpected, streams);
  },

  "a client that compresses its messages, and a credential that comes back": async (lab) => {
    const client = lab.connect({
      "grpc.default_compression_algorithm": lab.grpc.compressionAlgorithms.gzip,
    });
    const text = Buffer.from("compressible ".repeat(1000));
    const { message } = await unary({ ...lab, client }, "Echo", text);
    assert.ok(text.equals(message));
    const revealed = await unary({ ...lab, client }, "Reveal", fromJson({}));
    assert.match(toJson(revealed.message).authorization, masked);
    client.close();
  },

  "a credential that the service sends back is masked": async (lab) => {
    const { message, initial, trailing } = await unary(lab, "Reveal", fromJson({}));
    assert.match(toJson(message).authorization, masked);
    assert.match(String(initial.get("x-initial")[0]), masked);
    assert.match(String(trailing.get("x-trailing")[0]), masked);
  },
};

async function upload({ client }, messages) {
  const hash = createHash("sha256");
  let call;
  const answered = new Promise((resolve, reject) => {
    call = client.Upload((error, message) => error ? reject(error) : resolve(toJson(message)));
  });
  for (const message of messages) {
    hash.update(message);
    await write(call, message);
  }
  call.end();
  const answer = await answered;
  assert.equal(answer.sha256, hash.digest("hex"));
  return answer;
}
