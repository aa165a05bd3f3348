/**
 * The contract: a stop with --drain-delay first says that it is coming, to load balancers by /readyz and
 * to clients with an answer, and serves everybody meanwhile; only then does it close anything.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const target = "api.github.com:443";
const host = "Host: api.github.com\r\n";

Deno.test("during --drain-delay /readyz is 503, and old and new connections are served once more", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([target], json({}));
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "ghp_real" },
    args: ["--drain-delay", "4"],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  const readiness = async () => {
    const response = await fetch(`${proxy.adminUrl}/readyz`);
    return [response.status, await response.json()];
  };
  using silent = await RawClient.connect(proxy.url);
  using unused = await RawClient.tunnel(proxy.url, { target, ca });
  using kept = await RawClient.tunnel(proxy.url, { target, ca });
  assert.equal((await kept.get("/", host)).value("connection"), undefined);
  assert.deepEqual(await readiness(), [200, { status: "ready" }]);
  proxy.signal("SIGTERM");
  await waitUntil(async () => (await readiness())[0] === 503, { what: "/readyz says 503" });
  assert.deepEqual(await readiness(), [503, { status: "draining" }]);
  using late = await RawClient.tunnel(proxy.url, { target, ca });
  for (const client of [kept, unused, late]) {
    const response = await client.get("/", host);
    assert.deepEqual([response.status, response.value("connection")], [200, "close"]);
    await client.expectEnd();
  }
  const refused = await silent.get("/", "Host: x:8080\r\n");
  assert.deepEqual([refused.status, refused.value("connection")], [404, "close"]);
  // Idle to the end: it holds nothing up.
  using idle = await RawClient.connect(proxy.url);
  assert.equal(await proxy.waitForExit(), 0, proxy.stderr);
  await idle.expectEnd();
  assert.equal(upstream.requests.length, 4);
});

Deno.test("a second signal ends the proxy during --drain-delay too", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ args: ["--drain-delay", "300"] });
  proxy.signal("SIGTERM");
  await waitUntil(async () => {
    const response = await fetch(`${proxy.adminUrl}/readyz`);
    await response.body?.cancel();
    return response.status === 503;
  }, { what: "/readyz says 503" });
  proxy.signal("SIGTERM");
  assert.equal(await proxy.waitForExit(5_000), 1);
});
