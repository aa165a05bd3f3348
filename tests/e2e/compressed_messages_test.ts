/**
 * The contract: messages that are compressed one by one, in which credentials could not be found, do not
 * reach the client, whichever protocol carries them and whatever the client speaks.
 */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { assertRefused } from "../support/assert_refused.ts";
import { data, headers, type Line } from "../support/http2_frames.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { Handler } from "../support/upstream.ts";

const token = "ghp_real_0123456789";
const host = "api.github.com";
const target = `${host}:443`;

/** A message whose prefix says that it is compressed. */
function compressedMessage(text: string): Uint8Array {
  const content = gzipSync(text);
  const message = new Uint8Array(5 + content.length);
  message[0] = 1;
  new DataView(message.buffer).setUint32(1, content.length);
  message.set(content, 5);
  return message;
}

/** Answers as servers do that compress if the client does, with the credential in a message. */
function echoCompressed(fields: Record<string, string>): Handler {
  return (exchange) =>
    exchange.respond({
      body: compressedMessage(exchange.request.values("authorization").join()),
      fields,
    });
}

async function post(lab: Lab, fields: Readonly<Record<string, string>>) {
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target, ca });
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await client.send(
    `POST /pkg.Service/Echo HTTP/1.1\r\nHost: ${host}\r\n${lines}Content-Length: 5\r\n\r\n\0\0\0\0\0`,
  );
  return await client.receive({ method: "POST" });
}

const announced: readonly (readonly [name: string, fields: Record<string, string>])[] = [
  ["gRPC", { "content-type": "application/grpc", "grpc-encoding": "gzip" }],
  ["gRPC-Web", { "content-type": "application/grpc-web+proto", "grpc-encoding": "gzip" }],
  ["Connect", { "content-type": "application/connect+proto", "connect-content-encoding": "gzip" }],
];

for (const [name, fields] of announced) {
  Deno.test(`compressed messages of ${name} are refused over HTTP/1.1`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([target], echoCompressed(fields));
    assertRefused(await post(lab, fields), { status: 502, error: "http_response_content_coding" });
    assert.equal(upstream.requests.length, 1);
  });
}

Deno.test("compressed messages of gRPC are refused for a client of HTTP/1.1", async () => {
  await using lab = await Lab.create();
  const fields: Line[] = [["content-type", "application/grpc"], ["grpc-encoding", "gzip"]];
  await lab.http2Upstream([target], (stream, peer) =>
    peer.send(
      headers(stream.id, [[":status", "200"], ...fields]),
      data(stream.id, compressedMessage(token), { end: true }),
    ));
  const response = await post(lab, Object.fromEntries(fields));
  assertRefused(response, { status: 502, error: "http_response_content_coding" });
});

Deno.test("a message of gRPC that only its prefix calls compressed is cut over HTTP/1.1", async () => {
  await using lab = await Lab.create();
  const fields = { "content-type": "application/grpc" };
  await lab.upstream([target], echoCompressed(fields));
  await assert.rejects(post(lab, fields));
});

Deno.test("compressed messages are not asked for", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([target], (exchange) => exchange.respond({ body: "" }));
  await post(lab, {
    "content-type": "application/connect+proto",
    "connect-accept-encoding": "gzip",
    "grpc-accept-encoding": "gzip",
  });
  assert.deepEqual(upstream.onlyRequest.values("connect-accept-encoding"), []);
  assert.deepEqual(upstream.onlyRequest.values("grpc-accept-encoding"), []);
});
