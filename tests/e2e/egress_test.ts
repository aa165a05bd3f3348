/**
 * The contract: the egress policy decides before anything is dialled; deny wins; what a condition
 * is about is decrypted to be seen, and everything else is not; what is only reported passes.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const hosts = ["pypi.example", "gist.example", "npm.example", "api.example", "other.example"];
const denied = { status: 403, error: "http_request_denied" };

async function world(egress: string, args: readonly string[] = []) {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream(hosts.map((host) => `${host}:443`), json({}));
  const plain = lab.plainUpstream(hosts.map((host) => `${host}:80`), json({}));
  const rule = "[api.example, Authorization, API_TOKEN]";
  const file = await lab.dir.write("c.yaml", `rules: [${rule}]\negress: ${egress}\n`);
  const proxy = await lab.proxy({
    secrets: { API_TOKEN: "token" },
    args: ["--config", file, ...args],
  });
  const ours = await Deno.readTextFile(proxy.caFile);

  async function connect(target: string): Promise<ClientResponse> {
    using client = await RawClient.connect(proxy.url);
    return await client.openTunnel(target);
  }
  /** A request in a tunnel that is decrypted, or is not. */
  async function ask(
    host: string,
    { line = "GET /", decrypted, target }: { line?: string; decrypted: boolean; target?: string },
  ): Promise<ClientResponse> {
    using client = await RawClient.tunnel(proxy.url, {
      target: target ?? `${host}:443`,
      serverName: host,
      ca: decrypted ? ours : lab.root.pem,
    });
    const [method = ""] = line.split(" ");
    await client.send(`${line} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);
    return await client.receive({ method });
  }
  async function inClear(host: string, path = "/"): Promise<ClientResponse> {
    using client = await RawClient.connect(proxy.url);
    return await client.get(`http://${host}${path}`, `Host: ${host}\r\n`);
  }
  const owned = stack.move();
  const dispose = () => owned.disposeAsync();
  return { upstream, plain, proxy, connect, ask, inClear, [Symbol.asyncDispose]: dispose };
}

Deno.test("default deny lets nothing out but what an entry or a rule names", async () => {
  await using t = await world("{ default: deny, allow: [{ host: pypi.example }] }");
  assert.equal((await t.ask("pypi.example", { decrypted: false })).status, 200);
  assert.equal((await t.inClear("pypi.example")).status, 200);
  assert.equal((await t.ask("api.example", { decrypted: true })).status, 200);
  const [accepted, plain] = [t.upstream.acceptedConnections, t.plain.acceptedConnections];
  const refusal = await t.connect("other.example:443");
  assertRefused(refusal, denied);
  assert.equal(
    JSON.parse(refusal.body).detail,
    "other.example:443 is refused: egress.default is deny",
  );
  assertRefused(await t.connect("pypi.example.evil.example:443"), denied);
  assertRefused(await t.connect("xpypi.example:443"), denied);
  assertRefused(await t.inClear("other.example"), denied);
  assert.equal(t.upstream.acceptedConnections, accepted, "nothing was dialled");
  assert.equal(t.plain.acceptedConnections, plain, "nothing was dialled");
});

Deno.test("deny wins over allow, over a rule, and whatever the spelling", async () => {
  await using t = await world(
    '{ allow: [{ host: "*" }], deny: [{ host: gist.example }, { host: api.example, port: 443 }] }',
  );
  for (
    const target of ["gist.example:443", "GIST.Example:443", "gist.example.:443", "api.example:443"]
  ) {
    const refusal = await t.connect(target);
    assertRefused(refusal, denied);
    assert.match(JSON.parse(refusal.body).detail, /egress\.deny\[[01]\] \((gist|api)\.example\)$/);
  }
  assertRefused(await t.inClear("gist.example"), denied);
  assert.equal((await t.ask("other.example", { decrypted: false })).status, 200);
});

Deno.test("a condition has its host decrypted, and decides each request", async () => {
  await using t = await world(
    "{ default: deny, allow: [{ host: npm.example, methods: [GET] }, { host: gist.example }], " +
      'deny: [{ host: gist.example, path: "/admin/**" }, { host: api.example, methods: [DELETE] }] }',
  );
  const table: [string, string, number][] = [
    ["npm.example", "GET /left-pad", 200],
    ["npm.example", "PUT /left-pad", 403],
    ["npm.example", "HEAD /left-pad", 403],
    ["npm.example", "GET /left-pad?_method=PUT", 403],
    ["gist.example", "GET /x", 200],
    ["gist.example", "GET /admin", 403],
    ["gist.example", "GET /ADMIN/x", 403],
    ["gist.example", "GET /x/%2e%2e/admin", 403],
    ["gist.example", "GET /x;y/..;/admin/", 403],
    ["gist.example", "GET /%zz", 400],
    ["api.example", "GET /x", 200],
    ["api.example", "DELETE /x", 403],
  ];
  for (const [host, line, status] of table) {
    assert.equal((await t.ask(host, { line, decrypted: true })).status, status, `${host} ${line}`);
  }
  const paths = t.upstream.requests.map(({ method, target }) => `${method} ${target}`);
  assert.deepEqual(paths, ["GET /left-pad", "GET /x", "GET /x"]);
  const credentials = t.upstream.requests.map((request) => request.values("authorization").join());
  assert.deepEqual(credentials, ["", "", "Bearer token"], "only a rule gives a credential");
  // In clear there is nothing to decrypt, but the policy is the same.
  assert.equal((await t.inClear("gist.example", "/x")).status, 200);
  assertRefused(await t.inClear("gist.example", "/admin"), denied);
});

Deno.test("a tunnel that must be seen is refused if it is not TLS", async () => {
  await using t = await world("{ deny: [{ host: gist.example, path: /admin }] }");
  using client = await RawClient.connect(t.proxy.url);
  assert.equal((await client.openTunnel("gist.example:443")).status, 200);
  assertRefused(await client.get("/admin", "Host: gist.example\r\n"), denied);
  assert.equal(t.upstream.acceptedConnections, 0);
});

Deno.test("what is only reported passes, and the log says what would have been denied", async () => {
  await using t = await world(
    "{ default: deny, mode: report, deny: [{ host: gist.example, methods: [DELETE] }] }",
  );
  assert.equal((await t.ask("other.example", { decrypted: false })).status, 200);
  assert.equal(
    (await t.ask("gist.example", { line: "DELETE /x", decrypted: true })).status,
    200,
  );
  assert.equal((await t.inClear("npm.example")).status, 200);
  await waitUntil(() => t.proxy.stderr.match(/egress would deny/g)?.length === 3, {
    what: `three lines say what would have been denied: ${t.proxy.stderr}`,
  });
  assert.match(t.proxy.stderr, /would deny.*other\.example:443.*egress\.default is deny/);
  assert.match(t.proxy.stderr, /would deny.*gist\.example:443.*egress\.deny\[0\]/);
});

Deno.test("CONNECT to an address: the name in SNI counts, and what denies the address", async () => {
  await using t = await world(
    '{ default: deny, allow: [{ host: "*.example" }], deny: [{ host: 203.0.113.0/24 }, ' +
      "{ host: gist.example }, { host: npm.example, path: /x }] }",
  );
  assertRefused(await t.connect("203.0.113.9:443"), denied);
  assertRefused(await t.connect("[64:ff9b::203.0.113.9]:443"), denied);
  const target = "198.41.0.4:443";
  const named = (host: string, decrypted: boolean, line = "GET /") =>
    t.ask(host, { target, decrypted, line });
  assert.equal((await named("pypi.example", false)).status, 200);
  assertRefused(await named("gist.example", true), denied);
  assertRefused(await named("npm.example", true, "GET /x"), denied);
  assert.equal((await named("npm.example", true, "GET /y")).status, 200);
  // Without a name the address itself counts, which nothing allows: said inside TLS, or in clear.
  using clear = await RawClient.connect(t.proxy.url);
  assert.equal((await clear.openTunnel(target)).status, 200);
  assertRefused(await clear.get("/", "Host: x\r\n"), denied);
});

Deno.test("an allow entry opens the addresses that it names, and a deny entry closes them", async () => {
  await using upstream = Upstream.listen({ handler: json({}) });
  const port = upstream.port;
  async function status(egress: string, args: readonly string[] = []): Promise<number[]> {
    await using t = await world(egress, args);
    return await Promise.all(
      ["127.0.0.1", "localhost"].map(async (host) => (await t.inClear(`${host}:${port}`)).status),
    );
  }
  const loopback = ["--allow-private", "127.0.0.0/8", "--allow-private", "::1/128"];
  const blocks = "[{ host: 127.0.0.0/8 }, { host: ::1 }]";
  assert.deepEqual(await status("{}"), [403, 403]);
  assert.deepEqual(await status('{ allow: [{ host: "*" }, { host: localhost }] }'), [403, 403]);
  assert.deepEqual(await status(`{ allow: ${blocks} }`), [200, 200]);
  assert.deepEqual(await status("{ allow: [{ host: 127.0.0.0/8, port: 1 }] }"), [403, 403]);
  assert.deepEqual(await status("{ allow: [{ host: 127.0.0.0/8, agents: [ci] }] }"), [403, 403]);
  assert.deepEqual(await status("{ allow: [{ host: 127.0.0.0/8, methods: [GET] }] }"), [403, 403]);
  assert.deepEqual(await status(`{ deny: ${blocks} }`, loopback), [403, 403]);
  assert.deepEqual(await status("{}", loopback), [200, 200]);
});

Deno.test("the proxy's own listeners stay out of reach, whatever the policy allows", async () => {
  await using t = await world('{ allow: [{ host: "*" }, { host: 0.0.0.0/0 }, { host: ::/0 }] }');
  for (const url of [t.proxy.url, t.proxy.adminUrl]) {
    const { host } = new URL(url);
    const refusal = { status: 403, error: "destination_ip_prohibited" };
    assertRefused(await t.connect(host), refusal);
    assertRefused(await t.inClear(host), refusal);
  }
});
