/**
 * The contract: what is asked for in clear is asked of the other proxy itself, in absolute-form; who we
 * are there is told to it alone and does not come back; what it demands of us is not asked of clients.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { waitForAudit } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { byPath } from "../support/upstream_scripts.ts";

const password = "password-of-the-hop";
const basic = `Basic ${btoa(`me:${password}`)}`;

Deno.test("a request in clear goes to the other proxy in absolute-form", async (t) => {
  await using lab = await Lab.create();
  const hop = lab.plainUpstream(
    [],
    byPath({
      "http://plain.example/echo": async (exchange) => {
        const seen = exchange.request.values("proxy-authorization").join();
        await exchange.respond({
          fields: { "X-Seen": seen },
          body: `you sent ${seen}, ${password}`,
        });
      },
      "http://plain.example/login": (exchange) =>
        exchange.respond({
          status: 407,
          fields: { "Proxy-Authenticate": 'Basic realm="corp"' },
          body: `who are you? not ${password}`,
        }),
      "http://plain.example:8000": (exchange) => exchange.respond({ body: "options" }),
    }),
  );
  const proxy = await lab.proxy({
    secrets: { CORP_PASSWORD: password },
    args: ["--upstream-proxy", `http://me:\${CORP_PASSWORD}@${hop.address}`],
  });
  await t.step("with our login in place of the client's, which does not come back", async () => {
    using client = await RawClient.connect(proxy.url);
    const fields = "Host: plain.example\r\nProxy-Authorization: Basic bWluZTptaW5l\r\n";
    const answer = await client.get("http://plain.example/echo", fields);
    assert.equal(answer.status, 200);
    assert.deepEqual(hop.onlyRequest.values("proxy-authorization"), [basic]);
    assert.deepEqual(hop.onlyRequest.values("host"), ["plain.example"]);
    assert.equal(answer.value("x-seen"), `Basic ${"*".repeat(basic.length - "Basic ".length)}`);
    assert.equal(answer.body, `you sent ${answer.value("x-seen")}, ${"*".repeat(password.length)}`);
    const again = await client.get("http://plain.example/echo", "Host: plain.example\r\n");
    assert.equal(again.status, 200);
    assert.equal(hop.acceptedConnections, 1, "its connection is kept");
    const [line] = await waitForAudit(proxy, { kind: "exchange", count: 1 });
    assert.equal(line?.["through"], `http://${hop.address}`);
  });
  await t.step("a 407 of that proxy is ours to mend", async () => {
    using client = await RawClient.connect(proxy.url);
    const answer = await client.get("http://plain.example/login", "Host: plain.example\r\n");
    assertRefused(answer, { status: 502, error: "destination_unavailable" });
    assert.match(answer.body, /does not accept our user and password \(407\): correct CORP_PASSW/);
    assert.equal(answer.value("proxy-authenticate"), undefined);
  });
  await t.step("OPTIONS * has no path there", async () => {
    using client = await RawClient.connect(proxy.url);
    await client.send(
      "OPTIONS http://plain.example:8000 HTTP/1.1\r\nHost: plain.example:8000\r\n\r\n",
    );
    assert.equal((await client.receive({ method: "OPTIONS" })).body, "options");
  });
  await t.step("a tunnel is asked for by CONNECT, also to port 80", async () => {
    using client = await RawClient.connect(proxy.url);
    await client.send("CONNECT plain.example:80 HTTP/1.1\r\nHost: plain.example:80\r\n\r\n");
    await client.receive({ method: "GET" });
    assert.equal(hop.requests.at(-1)?.method, "CONNECT");
  });
  assert.ok(!proxy.stderr.includes(password));
});

Deno.test("HTTPS_PROXY is not asked for what is in clear, and HTTP_PROXY for nothing else", async () => {
  await using lab = await Lab.create();
  const clear = lab.plainUpstream([], (exchange) => exchange.respond({ body: "clear" }));
  const tunnels = lab.plainUpstream([], (exchange) => exchange.respond({ status: 403 }));
  const proxy = await lab.proxy({
    env: {
      DENO_NO_UPDATE_CHECK: "1",
      HTTP_PROXY: `http://${clear.address}`,
      https_proxy: `http://${tunnels.address}`,
    },
  });
  using client = await RawClient.connect(proxy.url);
  const answer = await client.get("http://plain.example/", "Host: plain.example\r\n");
  assert.equal(answer.body, "clear");
  await client.send("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
  assertRefused(await client.receive({ method: "GET" }), { status: 502 });
  assert.deepEqual(clear.requests.map(({ target }) => target), ["http://plain.example/"]);
  assert.deepEqual(tunnels.requests.map(({ target }) => target), ["a.example:443"]);
});
