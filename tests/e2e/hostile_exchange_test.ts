/**
 * The contract: an exchange that is cut short, answered early or made to echo gives nobody a
 * credential or a place in another's connection. Each case was once possible.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { Handler } from "../support/upstream.ts";
import { byPath, json } from "../support/upstream_scripts.ts";

const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const secrets = { GITHUB_TOKEN: "ghp_real" };

async function tunnel(handler: Handler, args: readonly string[] = []) {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets, args });
  const ca = await Deno.readTextFile(proxy.caFile);
  const client = stack.use(await RawClient.tunnel(proxy.url, { target: authority, ca }));
  const owned = stack.move();
  return { upstream, proxy, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

for (const method of ["TRACE", "TRACK", "trace"]) {
  Deno.test(`${method} is refused: it would send the credential back`, async () => {
    await using t = await tunnel(json({}));
    await t.client.send(`${method} / HTTP/1.1\r\n${host}\r\n`);
    assertRefused(await t.client.receive({ method }), { status: 403 });
    assert.equal(t.upstream.receivedBytes, 0);
  });
}

Deno.test("the body of a request that is answered 407 is not read as another request", async () => {
  await using lab = await Lab.create();
  const tokenFile = await lab.dir.write("agent.token", "a-token-for-this-test-0123456789\n");
  const proxy = await lab.proxy({ secrets, args: ["--agent-token-file", tokenFile] });
  using client = await RawClient.connect(proxy.url);
  const body = "GET http://hidden.example/ HTTP/1.1\r\nHost: hidden.example\r\n\r\n";
  await client.send(
    `POST http://stranger.example/ HTTP/1.1\r\nHost: stranger.example\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  assertRefused(await client.receive({ method: "POST" }), { status: 407 });
  await client.expectEnd();
});

Deno.test("Connection: close of a long response is kept to, whatever its body says", async () => {
  const long: Handler = async (exchange) => {
    exchange.closesAfter = true;
    await exchange.respond({ fields: { Connection: "close" }, body: "x".repeat(200_000) });
  };
  await using t = await tunnel(byPath({ "/long": long, "/next": json({ next: true }) }));
  assert.equal((await t.client.get("/long", host)).body.length, 200_000);
  await t.client.send(`POST /next HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`);
  assert.equal((await t.client.receive({ method: "POST" })).status, 200);
  assert.equal(t.upstream.acceptedConnections, 2);
});

Deno.test("an interim response with a length is refused", async () => {
  await using t = await tunnel(async (exchange) => {
    await exchange.write("HTTP/1.1 103 Early Hints\r\nContent-Length: 50\r\n\r\n");
    await exchange.respondJson({});
  });
  assertRefused(await t.client.get("/", host), { status: 502, error: "http_protocol_error" });
});

Deno.test("a request that had an interim response is not sent again", async () => {
  let tries = 0;
  const dies: Handler = async (exchange) => {
    tries++;
    await exchange.write("HTTP/1.1 103 Early Hints\r\n\r\n");
    exchange.kill();
  };
  await using t = await tunnel(byPath({ "/": json({}), "/dies": dies }));
  assert.equal((await t.client.get("/", host)).status, 200);
  assert.equal((await t.client.get("/dies", host)).status, 103);
  assert.equal((await t.client.receive({ method: "GET" })).status, 502);
  assert.equal(tries, 1);
});

Deno.test("Expect: 100-continue: neither connection is used again after a refusal of it", async () => {
  const handler: Handler = async (exchange) => {
    if (exchange.request.method === "POST") await exchange.respond({ status: 417, body: "no" });
    else await exchange.respond({ body: "next" });
  };
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], handler);
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  for (let round = 0; round < 2; round++) {
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    await client.send(
      `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
    );
    const response = await client.receive({ method: "POST" });
    assert.equal(response.status, 417);
    assert.deepEqual(response.values("connection"), ["close"]);
    // What the client withheld must not be taken from another's request by either side.
    using other = await RawClient.tunnel(proxy.url, { target: authority, ca });
    assert.equal((await other.get("/", host)).body, "next");
  }
  assert.deepEqual(upstream.requests.map(({ connection }) => connection), [0, 1, 1, 2]);
});

Deno.test("a tunnel in which nothing was asked yet does not hold up a stop", async () => {
  // Far longer than the harness waits for the exit.
  await using t = await tunnel(json({}), ["--drain-timeout", "600"]);
  using unused = await RawClient.connect(t.proxy.url);
  assert.equal((await unused.openTunnel(authority)).status, 200);
  await t.proxy.stop();
});
