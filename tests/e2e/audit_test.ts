/**
 * The contract: every exchange and every tunnel leaves one line in the audit log, however it ends,
 * that says who wanted what, what was decided and why, and how it went; and never a secret.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { auditLines, waitForAudit } from "../support/audit_lines.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { SmallDisk, smallDisks } from "../support/small_disk.ts";
import { testWith } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";
import { byPath, download, json, killMidResponse } from "../support/upstream_scripts.ts";
import { Upstream } from "../support/upstream.ts";
import type { UpstreamExchange } from "../support/upstream_exchange.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789" };
const github = "api.github.com:443";

async function tunnel(proxy: ProxyProcess, target: string): Promise<RawClient> {
  return await RawClient.tunnel(proxy.url, { target, ca: await Deno.readTextFile(proxy.caFile) });
}

Deno.test("an exchange: who, what, where to, with what, how it went", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([github], json({ ok: true }));
  const proxy = await lab.proxy({ secrets });
  using client = await tunnel(proxy, github);
  const body = "x".repeat(1000);
  const head = "POST /repos?q=private&page=2&flag HTTP/1.1\r\nHost: api.github.com\r\n" +
    `Content-Length: ${body.length}\r\n\r\n`;
  await client.send(head + body);
  assert.equal((await client.receive({ method: "POST" })).status, 200);
  const [line] = await waitForAudit(proxy, { kind: "exchange", count: 1 });
  const { time, id, ms, client: from, bytes_out, ...rest } = line ?? { kind: "alarm" };
  assert.deepEqual(rest, {
    kind: "exchange",
    method: "POST",
    authority: github,
    path: "/repos?q=*&page=*&*",
    rule: "github",
    injected: ["Authorization"],
    decision: "allow",
    reason: rest.reason,
    upstream: upstream.address,
    alpn: "http/1.1",
    status: 200,
    bytes_in: head.length + body.length,
  });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(String(id), /^[0-9a-f]{12}-\d+$/);
  assert.match(String(from), /^127\.0\.0\.1:\d+$/);
  assert.ok(Number(bytes_out) > 11);
  const { total, connect, first_byte } = ms as Record<string, number>;
  assert.ok(Number(total) >= Number(connect) && Number(connect) > 0 && Number(first_byte) > 0);
  const [opened] = await waitForAudit(proxy, { kind: "tunnel", count: 1 });
  assert.equal(opened?.authority, github);
  assert.equal(opened?.decrypted, true);
  assert.notEqual(opened?.id, id);
});

Deno.test("a client that leaves in the middle of an answer is said to have left", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], download(1024 * 1024 * 1024));
  const proxy = await lab.proxy({ secrets });
  {
    using client = await tunnel(proxy, github);
    await client.send("GET /large HTTP/1.1\r\nHost: api.github.com\r\n\r\n");
    assert.equal((await client.reader.readHead())?.startLine, "HTTP/1.1 200 OK");
  }
  const [line] = await waitForAudit(proxy, { kind: "exchange", count: 1 });
  assert.equal(line?.reason, "the response was cut: The client has left");
  assert.doesNotMatch(proxy.stderr, /WRN/);
});

Deno.test("a blind tunnel: its octets both ways, when it ends", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["example.com:443"], json({ ok: true }));
  const proxy = await lab.proxy({ secrets });
  {
    using client = await RawClient.tunnel(proxy.url, {
      target: "example.com:443",
      ca: lab.root.pem,
    });
    await client.get("/", "Host: example.com\r\n");
    assert.equal(auditLines(proxy).length, 0);
  }
  const [line] = await waitForAudit(proxy, { kind: "tunnel", count: 1 });
  assert.equal(line?.decision, "allow");
  assert.equal(line?.decrypted, undefined);
  assert.equal(line?.upstream, upstream.address);
  assert.ok(Number(line?.bytes_in) > 300 && Number(line?.bytes_out) > 300);
});

const refused = [
  {
    name: "a target without a port",
    head: "CONNECT x HTTP/1.1\r\n\r\n",
    kind: "tunnel",
    status: 400,
  },
  {
    name: "metadata",
    head: "CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
    kind: "tunnel",
    status: 403,
    authority: "169.254.169.254:80",
  },
  {
    name: "no proxy request",
    head: "GET / HTTP/1.1\r\nHost: x:8080\r\n\r\n",
    kind: "exchange",
    status: 404,
  },
  { name: "no request at all", head: "\x01\x03\x01 \r\n\r\n", kind: "exchange", status: 400 },
  {
    name: "a credential in clear",
    head: "GET http://api.github.com/ HTTP/1.1\r\nHost: api.github.com\r\n\r\n",
    kind: "exchange",
    status: 403,
    authority: "api.github.com:80",
  },
] as const;

for (const { name, head, kind, status, ...expected } of refused) {
  Deno.test(`a refusal is in the log, under the name that the client was told: ${name}`, async () => {
    await using lab = await Lab.create();
    const proxy = await lab.proxy({ secrets });
    using client = await RawClient.connect(proxy.url);
    await client.send(head);
    const response = await client.receive({ method: "GET" });
    assert.equal(response.status, status, response.body);
    const [line] = await waitForAudit(proxy, { kind, count: 1 });
    assert.equal(line?.decision, "deny");
    assert.equal(line?.status, status);
    assert.equal(line?.reason, JSON.parse(response.body).detail);
    assert.equal(JSON.parse(response.body).instance, `urn:auth-proxy:exchange:${line?.id}`);
    for (const [field, value] of Object.entries(expected)) assert.equal(line?.[field], value);
  });
}

Deno.test("a request for another host, and one to an upstream that cannot be had, are in the log", async () => {
  await using lab = await Lab.create();
  const gone = Upstream.listen({ handler: json({}) });
  const { address } = gone;
  await gone[Symbol.asyncDispose]();
  const proxy = await lab.proxy({ secrets, args: ["--connect-to", `${github}:${address}`] });
  using client = await tunnel(proxy, github);
  assert.equal((await client.get("/", "Host: evil.example\r\n")).status, 421);
  assert.equal((await client.get("/", "Host: api.github.com\r\n")).status, 502);
  const [first, second] = await waitForAudit(proxy, { kind: "exchange", count: 2 });
  assert.equal(first?.decision, "deny");
  assert.match(String(first?.reason), /evil\.example/);
  assert.equal(second?.decision, "error");
  assert.equal(second?.status, 502);
  assert.equal(second?.injected, undefined);
});

Deno.test("an exchange that breaks off, and one whose client has left, are in the log", async () => {
  await using lab = await Lab.create();
  const asked = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const wait = async (exchange: UpstreamExchange) => {
    asked.resolve();
    await over.promise;
    exchange.kill();
  };
  await lab.upstream([github], byPath({ "/cut": killMidResponse, "/wait": wait }));
  const proxy = await lab.proxy({ secrets });
  using client = await tunnel(proxy, github);
  await assert.rejects(client.get("/cut", "Host: api.github.com\r\n"));
  using other = await tunnel(proxy, github);
  await other.send("GET /wait HTTP/1.1\r\nHost: api.github.com\r\n\r\n");
  await asked.promise;
  other.close();
  const lines = await waitForAudit(proxy, { kind: "exchange", count: 2 });
  over.resolve();
  const cut = lines.find(({ path }) => path === "/cut");
  assert.equal(cut?.decision, "error");
  assert.equal(cut?.status, 200);
  assert.match(String(cut?.reason), /cut/);
  const left = lines.find(({ path }) => path === "/wait");
  assert.equal(left?.status, undefined);
  assert.match(String(left?.reason), /client has left/);
});

Deno.test("a credential that came back is counted, and an alarm", async () => {
  await using lab = await Lab.create();
  await lab.upstream(
    [github],
    (exchange) => exchange.respond({ body: exchange.request.values("authorization").join() }),
  );
  const proxy = await lab.proxy({ secrets });
  using client = await tunnel(proxy, github);
  await client.get("/", "Host: api.github.com\r\n");
  const [line] = await waitForAudit(proxy, { kind: "exchange", count: 1 });
  assert.deepEqual(line?.redactions, { GITHUB_TOKEN: 1 });
  const [alarm] = await waitForAudit(proxy, { kind: "alarm", count: 1 });
  assert.deepEqual(alarm?.redactions, { GITHUB_TOKEN: 1 });
  assert.equal(alarm?.id, line?.id);
  assert.equal(alarm?.authority, github);
});

Deno.test("no line is lost on a clean stop", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], json({}));
  const proxy = await lab.proxy({ secrets });
  const requests = 300;
  {
    using client = await tunnel(proxy, github);
    for (let n = 0; n < requests; n++) await client.get(`/${n}`, "Host: api.github.com\r\n");
  }
  await proxy.stop();
  const paths = auditLines(proxy).filter(({ kind }) => kind === "exchange").map(({ path }) => path);
  assert.deepEqual(paths, Array.from({ length: requests }, (_, n) => `/${n}`));
});

Deno.test("a client cannot forge a line, nor drive a terminal", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], json({}));
  const proxy = await lab.proxy({ secrets });
  const nasty = '/\x85\x9b31m"},{"kind":"alarm","x":"\xa0\xff';
  using client = await tunnel(proxy, github);
  await client.send(
    Uint8Array.from(
      `GET ${nasty} HTTP/1.1\r\nHost: api.github.com\r\n\r\n`,
      (c) => c.charCodeAt(0),
    ),
  );
  await client.receive({ method: "GET" });
  await waitForAudit(proxy, { kind: "exchange", count: 1 });
  assert.deepEqual(auditLines(proxy).filter(({ kind }) => kind === "alarm"), []);
  const controls = [...proxy.stderr].filter((character) =>
    character !== "\n" && (character < " " || (character >= "\x7f" && character <= "\x9f"))
  );
  assert.deepEqual(controls, []);
});

async function adminToken(proxy: ProxyProcess): Promise<string> {
  return (await Deno.readTextFile(proxy.dir.join("ca", "private", "admin-token"))).trim();
}

Deno.test("/metrics counts what was decided, masked and refused, and is open on loopback", async () => {
  await using lab = await Lab.create();
  await lab.upstream(
    [github],
    (exchange) => exchange.respond({ body: exchange.request.values("authorization").join() }),
  );
  const proxy = await lab.proxy({ secrets });
  using client = await tunnel(proxy, github);
  await client.get("/", "Host: api.github.com\r\n");
  await client.get("/", "Host: evil.example\r\n");
  await waitForAudit(proxy, { kind: "exchange", count: 2 });
  const response = await fetch(`${proxy.adminUrl}/metrics`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  const expected = [
    'auth_proxy_exchanges_total{rule="github",agent="none",decision="allow",status_class="2xx"} 1',
    'auth_proxy_exchanges_total{rule="none",agent="none",decision="deny",status_class="4xx"} 1',
    'auth_proxy_tunnels_total{decision="allow"} 1',
    'auth_proxy_redactions_total{secret="GITHUB_TOKEN"} 1',
    "auth_proxy_open_connections 1",
  ];
  for (const line of expected) assert.ok(text.split("\n").includes(line), `${line} in\n${text}`);
});

Deno.test("/admin/audit shows the last lines to whoever has the admin token, and to nobody else", async () => {
  await using lab = await Lab.create();
  await lab.upstream([github], json({}));
  const proxy = await lab.proxy({ secrets, args: ["--audit-file", "none"] });
  using client = await tunnel(proxy, github);
  await client.get("/first", "Host: api.github.com\r\n");
  await client.get("/second", "Host: api.github.com\r\n");
  const url = `${proxy.adminUrl}/admin/audit?limit=1`;
  const stranger = await fetch(url);
  assert.equal(stranger.status, 401);
  assert.doesNotMatch(await stranger.text(), /second/);
  const headers = { Authorization: `Bearer ${await adminToken(proxy)}` };
  const lines = (await (await fetch(url, { headers })).text()).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).path), ["/second"]);
  const many = await fetch(`${proxy.adminUrl}/admin/audit?limit=1001`, { headers });
  assert.equal(many.status, 400);
  await many.body?.cancel();
  assert.deepEqual(auditLines(proxy), []);
});

testWith("a full disk: the log warns of it, and with --audit-required requests are refused", {
  needs: [smallDisks],
  fn: async () => {
    await using lab = await Lab.create();
    await lab.upstream([github], json({}));
    for (const required of [true, false]) {
      await using disk = await SmallDisk.create();
      const file = `${disk.path}/audit.jsonl`;
      const args = ["--audit-file", file, ...required ? ["--audit-required"] : []];
      const proxy = await lab.proxy({ secrets, args });
      using client = await tunnel(proxy, github);
      const ask = () => client.get(`/${"x".repeat(1500)}`, "Host: api.github.com\r\n");
      assert.equal((await ask()).status, 200);
      let refused: ClientResponse | undefined;
      // 64 KiB are full after some 40 lines; which request comes too late is the disk's to say.
      for (let n = 0; n < 500 && refused === undefined; n++) {
        const response = await ask();
        if (response.status !== 200) refused = response;
      }
      if (required) assertRefused(refused as ClientResponse, { status: 503 });
      else assert.equal(refused, undefined);
      await waitUntil(() => /the audit log cannot be written/.test(proxy.stderr), {
        what: "the log warns of the full disk",
      });
      await proxy.stop();
    }
  },
});
