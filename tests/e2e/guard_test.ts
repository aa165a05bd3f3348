/**
 * The contract: through the proxy nobody reaches what the operator did not mean to offer. Private
 * addresses are refused unless allowed by name, the proxy's own listeners always, and a listener off
 * loopback serves only agents that show a token.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";

const loopbackRanges = ["--allow-private", "127.0.0.0/8", "--allow-private", "::1/128"];

async function connect(proxy: ProxyProcess, target: string, fields = ""): Promise<ClientResponse> {
  using client = await RawClient.connect(proxy.url);
  return await client.openTunnel(target, fields);
}

async function getInClear(proxy: ProxyProcess, authority: string): Promise<ClientResponse> {
  using client = await RawClient.connect(proxy.url);
  return await client.get(`http://${authority}/healthz`, `Host: ${authority}\r\n`);
}

for (const host of ["localhost", "127.0.0.1"]) {
  Deno.test(`${host} is refused with 403, by CONNECT and by http://`, async () => {
    await using upstream = Upstream.listen({ handler: json({}) });
    await using lab = await Lab.create();
    const proxy = await lab.proxy();
    const target = `${host}:${upstream.port}`;
    const expected = { status: 403, error: "destination_ip_prohibited" };
    const refusal = await connect(proxy, target);
    assertRefused(refusal, expected);
    assert.match(refusal.body, /--allow-private/);
    assertRefused(await getInClear(proxy, target), expected);
    assert.equal(upstream.acceptedConnections, 0);
  });

  Deno.test(`${host} is reached once --allow-private names its range`, async () => {
    await using upstream = Upstream.listen({ handler: json({ reached: true }) });
    await using lab = await Lab.create();
    const proxy = await lab.proxy({ args: loopbackRanges });
    const response = await getInClear(proxy, `${host}:${upstream.port}`);
    assert.equal(response.status, 200, response.body);
    assert.equal(response.body, '{"reached":true}');
  });
}

for (const target of ["169.254.169.254:80", "10.1.2.3:443", "192.168.1.1:443", "[fe80::1]:443"]) {
  Deno.test(`${target} is refused with 403`, async () => {
    await using lab = await Lab.create();
    const proxy = await lab.proxy();
    const expected = { status: 403, error: "destination_ip_prohibited" };
    assertRefused(await connect(proxy, target), expected);
  });
}

const spellings = [
  "127.0.0.1",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "127.1",
  "127.0.1",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "0.0.0.0",
  "0",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "127.0.0.2",
  Deno.hostname(),
];

Deno.test("the proxy's own listeners are out of reach, however their address is spelt", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ args: loopbackRanges });
  const own = [new URL(proxy.adminUrl).port, new URL(proxy.url).port];
  for (const port of own) {
    for (const host of spellings) {
      const authority = `${host}:${port}`;
      const tunnel = await connect(proxy, authority);
      assert.ok(tunnel.status >= 400, `CONNECT ${authority} is answered with ${tunnel.status}`);
      const clear = await getInClear(proxy, authority);
      assert.ok(clear.status >= 400, `http://${authority} is answered with ${clear.status}`);
      assert.notEqual(clear.value("proxy-status"), undefined, `${authority}: not our refusal`);
    }
  }
  assertRefused(await connect(proxy, `127.0.0.1:${own[0]}`), { status: 403 });
  const healthy = await fetch(`${proxy.adminUrl}/healthz`);
  assert.equal(healthy.status, 200);
  await healthy.body?.cancel();
});

const target = "stranger.example.com:443";
const agentToken = "agent-token-for-the-tests-0123456789abcdef";

function basic(user: string, password: string): string {
  return `Proxy-Authorization: Basic ${btoa(`${user}:${password}`)}\r\n`;
}

/** The listener is on every address; these tests reach it by loopback, which must not matter. */
async function offLoopback(lab: Lab, args: readonly string[]): Promise<ProxyProcess> {
  await lab.upstream([target], json({}));
  return await lab.proxy({ listen: "0.0.0.0:0", args });
}

Deno.test("a listener off loopback demands the token of --agent-token-file", async () => {
  await using lab = await Lab.create();
  const tokenFile = await lab.dir.write("agent.token", `${agentToken}\n`);
  const proxy = await offLoopback(lab, ["--agent-token-file", tokenFile]);
  const refused = [
    await connect(proxy, target),
    await connect(proxy, target, basic("agent", "wrong")),
    await connect(proxy, target, basic(agentToken, "")),
    await connect(proxy, target, "Proxy-Authorization: Basic !!!\r\n"),
  ];
  for (const response of refused) {
    assertRefused(response, { status: 407 });
    assert.match(response.value("proxy-authenticate") ?? "", /^Basic realm=/);
  }
  assert.equal((await getInClear(proxy, "stranger.example.com")).status, 407);
  for (const user of ["agent", "anyone", ""]) {
    const response = await connect(proxy, target, basic(user, agentToken));
    assert.equal(response.status, 200, response.body);
  }
});

Deno.test("a listener off loopback makes a token of its own if it is given none", async () => {
  await using lab = await Lab.create();
  const proxy = await offLoopback(lab, []);
  assertRefused(await connect(proxy, target), { status: 407 });
  const folder = proxy.dir.join("ca", "private");
  const tokens: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600, path);
    if (!entry.name.endsWith(".pem")) tokens.push((await Deno.readTextFile(path)).trim());
  }
  const statuses = await Promise.all(
    tokens.map(async (token) => (await connect(proxy, target, basic("agent", token))).status),
  );
  assert.ok(statuses.includes(200), `None of ${tokens.length} files in private/ holds the token`);
});

Deno.test("--allow-unauthenticated opens a listener off loopback", async () => {
  await using lab = await Lab.create();
  const proxy = await offLoopback(lab, ["--allow-unauthenticated"]);
  assert.equal((await connect(proxy, target)).status, 200);
});
