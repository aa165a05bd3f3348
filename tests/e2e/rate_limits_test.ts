/**
 * The contract: an agent that asks too often, or uploads too much, is told by the proxy, not by the
 * service, when it may come again; nothing of what it asked is forwarded.
 */

import assert from "node:assert/strict";
import { waitForAudit } from "../support/audit_lines.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789", SENTRY_AUTH_TOKEN: "sntry_0123456789" };

async function world(limits: string) {
  const lab = await Lab.create();
  const upstream = await lab.upstream(["api.github.com:443", "sentry.io:443"], json({}));
  const file = await lab.dir.write("auth-proxy.yaml", `rate_limits: [${limits}]`);
  const proxy = await lab.proxy({ secrets, args: ["--config", file] });
  const ca = await Deno.readTextFile(proxy.caFile);
  const tunnel = (target: string) => RawClient.tunnel(proxy.url, { target, ca });
  return { lab, upstream, proxy, tunnel };
}

Deno.test("more requests than a rule's limit: 429 with Retry-After, for that rule alone", async () => {
  const { lab, upstream, proxy, tunnel } = await world("{ rule: github, requests: 3/h }");
  await using _ = lab;
  using client = await tunnel("api.github.com:443");
  for (let n = 0; n < 3; n++) {
    assert.equal((await client.get("/", "Host: api.github.com\r\n")).status, 200);
  }
  const refused = await client.get("/", "Host: api.github.com\r\n");
  assertRefused(refused, { status: 429, error: "http_request_denied" });
  const seconds = Number(refused.value("retry-after"));
  assert.ok(seconds > 1000 && seconds <= 1200, String(seconds));
  assert.equal(upstream.requests.length, 3);
  using other = await tunnel("sentry.io:443");
  assert.equal((await other.get("/", "Host: sentry.io\r\n")).status, 200);
  const lines = await waitForAudit(proxy, { kind: "exchange", count: 5 });
  assert.deepEqual(lines.map(({ status }) => status), [200, 200, 200, 429, 200]);
});

Deno.test("uploads: what never fits is refused at once, what exceeds makes the next one wait", async () => {
  const { lab, upstream, tunnel } = await world("{ upload: 10KiB/h }");
  await using _ = lab;
  using client = await tunnel("api.github.com:443");
  const post = async (octets: number) => {
    await client.send(
      `POST / HTTP/1.1\r\nHost: api.github.com\r\nContent-Length: ${octets}\r\n` +
        `Expect: 100-continue\r\n\r\n`,
    );
    if (octets <= 10240) await client.send("x".repeat(octets));
    return await client.receive({ method: "POST" });
  };
  assert.equal((await post(6000)).status, 200);
  assert.equal((await client.get("/", "Host: api.github.com\r\n")).status, 200);
  {
    // Without a length it is let through as long as anything is left, and may run into debt.
    using chunked = await tunnel("api.github.com:443");
    await chunked.send(
      "POST / HTTP/1.1\r\nHost: api.github.com\r\nTransfer-Encoding: chunked\r\n\r\n" +
        `1770\r\n${"x".repeat(6000)}\r\n0\r\n\r\n`,
    );
    assert.equal((await chunked.receive({ method: "POST" })).status, 200);
  }
  using late = await tunnel("api.github.com:443");
  await late.send("POST / HTTP/1.1\r\nHost: api.github.com\r\nContent-Length: 1\r\n\r\nx");
  const refused = await late.receive({ method: "POST" });
  assertRefused(refused, { status: 429 });
  assert.ok(Number(refused.value("retry-after")) > 0);
  using huge = await tunnel("api.github.com:443");
  await huge.send("POST / HTTP/1.1\r\nHost: api.github.com\r\nContent-Length: 20000\r\n\r\n");
  const never = await huge.receive({ method: "POST" });
  assertRefused(never, { status: 429 });
  assert.equal(never.value("retry-after"), undefined);
  assert.equal(upstream.requests.length, 3);
});
