/**
 * The contract: the proxy says nothing in Via unless it is told a name; then it says it in both
 * directions, beside what others have said, and refuses what it has forwarded before.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { Handler } from "../support/upstream.ts";

const secrets = { GITHUB_TOKEN: "ghp_real" };
const authority = "api.github.com:443";
const fields = "Host: api.github.com\r\nVia: 1.0 fred\r\n";

const answer: Handler = async (exchange) => {
  await exchange.writeHead(103, { Link: "</style.css>" });
  await exchange.writeHead(200, { Via: "1.1 origin", "Content-Length": "0" });
};

Deno.test("Via passes unchanged both ways without --via", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], answer);
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  assert.deepEqual((await client.get("/", fields)).values("via"), []);
  const final = await client.receive({ method: "GET" });
  assert.deepEqual(final.values("via"), ["1.1 origin"]);
  assert.deepEqual(upstream.onlyRequest.values("via"), ["1.0 fred"]);
});

Deno.test("--via adds an entry both ways, to interim responses too", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], answer);
  const proxy = await lab.proxy({ secrets, args: ["--via", "ours.example"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  const interim = await client.get("/", fields);
  assert.equal(interim.status, 103);
  assert.deepEqual(interim.values("via"), ["1.1 ours.example"]);
  const final = await client.receive({ method: "GET" });
  assert.deepEqual(final.values("via"), ["1.1 origin", "1.1 ours.example"]);
  assert.deepEqual(upstream.onlyRequest.values("via"), ["1.0 fred", "1.1 ours.example"]);
});

Deno.test("--via refuses a request that it has forwarded already, and forwards nothing", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([authority], answer);
  const proxy = await lab.proxy({ secrets, args: ["--via", "ours"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  const response = await client.get("/", `${fields}Via: 1.1 x, 1.1 OURS (auth-proxy)\r\n`);
  assertRefused(response, { status: 502, error: "proxy_loop_detected" });
  assert.equal(upstream.requests.length, 0);
});
