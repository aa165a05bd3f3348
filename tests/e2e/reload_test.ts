/**
 * The contract: what the files say is in force within a second of their change, as a whole or not at
 * all. A request is held to what is in force when it arrives, on whatever connection; one that is under
 * way goes on, unless its credential was taken away.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { Http2Client } from "../support/http2_client.ts";
import { answerText } from "../support/http2_upstream.ts";
import { Lab } from "../support/lab.ts";
import { openStream, openWebSocket } from "../support/open_streams.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import type { Upstream } from "../support/upstream.ts";
import { byPath, echoWebSocket, endless, json, writeChunk } from "../support/upstream_scripts.ts";
import { waitUntil, within } from "../support/wait_until.ts";

const api = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const other = "api.other.example:443";

async function connect(proxy: ProxyProcess, target = api): Promise<RawClient> {
  const ca = await Deno.readTextFile(proxy.caFile);
  return await RawClient.tunnel(proxy.url, { target, ca });
}

/** Puts a file in another's place, as rename(2) does: whoever reads it reads one or the other. */
async function replaceFile(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text, { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

function lastAuthorization(upstream: Upstream): string | undefined {
  return upstream.requests.at(-1)?.values("authorization")[0];
}

/** Asks until the upstream is sent this credential; every answer until then must be a good one. */
async function waitForToken(
  token: string,
  { client, upstream }: { client: RawClient; upstream: Upstream },
): Promise<void> {
  await waitUntil(async () => {
    assert.equal((await client.get("/", host)).status, 200);
    return lastAuthorization(upstream) === `Bearer ${token}`;
  }, { what: `${token} is sent` });
}

interface Health {
  readonly configuration: { readonly state: string; readonly problems?: number };
}

async function health(proxy: ProxyProcess): Promise<Health["configuration"]> {
  const response = await fetch(`${proxy.adminUrl}/healthz`);
  assert.equal(response.status, 200);
  return (await response.json() as Health).configuration;
}

async function metric(proxy: ProxyProcess, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  return text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ").at(-1);
}

async function postReload(proxy: ProxyProcess): Promise<Response> {
  const token = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
  return await fetch(`${proxy.adminUrl}/admin/reload`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
  });
}

const changes: Record<string, (path: string, text: string) => Promise<void>> = {
  "is replaced by renaming": replaceFile,
  "is written to in place": (path, text) => Deno.writeTextFile(path, text),
  "is removed and made anew": async (path, text) => {
    await Deno.writeTextFile(`${path}.new`, text, { mode: 0o600 });
    await Deno.remove(path);
    await Deno.rename(`${path}.new`, path);
  },
};

for (const [what, change] of Object.entries(changes)) {
  Deno.test(`an env file that ${what} counts from the next request on, also on an old connection`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([api], json({}));
    const file = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_first\n", { mode: 0o600 });
    const proxy = await lab.proxy({ args: ["--env-file", file] });
    using client = await connect(proxy);
    await waitForToken("ghp_first", { client, upstream });
    await change(file, "GITHUB_TOKEN=ghp_second\n");
    await waitForToken("ghp_second", { client, upstream });
    using fresh = await connect(proxy);
    await waitForToken("ghp_second", { client: fresh, upstream });
  });
}

Deno.test("a Kubernetes volume is read anew when its link is swapped", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([api], json({}));
  const volume = await lab.dir.makeDir("volume");
  async function publish(generation: string, token: string): Promise<void> {
    await Deno.mkdir(`${volume}/${generation}`);
    await Deno.writeTextFile(`${volume}/${generation}/github_token`, token, { mode: 0o600 });
    await Deno.symlink(generation, `${volume}/..data_tmp`);
    await Deno.rename(`${volume}/..data_tmp`, `${volume}/..data`);
  }
  await publish("..2026_1", "ghp_first");
  await Deno.symlink("..data/github_token", `${volume}/github_token`);
  const proxy = await lab.proxy({ args: ["--secrets-dir", volume] });
  using client = await connect(proxy);
  await waitForToken("ghp_first", { client, upstream });
  await publish("..2026_2", "ghp_second");
  await Deno.remove(`${volume}/..2026_1`, { recursive: true });
  await waitForToken("ghp_second", { client, upstream });
});

Deno.test("over HTTP/2 too, each request has the credential of its time", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.http2Upstream([api], answerText("hello"));
  const file = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_first\n", { mode: 0o600 });
  const proxy = await lab.proxy({ args: ["--env-file", file] });
  using client = await Http2Client.tunnel(proxy.url, {
    target: api,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  async function sent(): Promise<string | undefined> {
    await (await client.get("/")).ended;
    return upstream.streams.at(-1)?.head?.find(([name]) => name === "authorization")?.[1];
  }
  assert.equal(await sent(), "Bearer ghp_first");
  await replaceFile(file, "GITHUB_TOKEN=ghp_second\n");
  await waitUntil(async () => await sent() === "Bearer ghp_second", { what: "the second is sent" });
});

Deno.test("a file that was missing when a configuration was rejected is waited for", async () => {
  await using lab = await Lab.create();
  await lab.upstream([api], json({}));
  const config = await lab.dir.write("c.yaml", "egress: { default: allow }\n");
  const proxy = await lab.proxy({ args: ["--config", config], env: { KEY: "ghp_first" } });
  const rule = "{ match: { host: api.other.example }, inject: { headers: { X-Key: '${KEY}' } }, " +
    "upstream: { ca: ./later.pem } }";
  await replaceFile(config, `rules: [${rule}]\n`);
  await waitUntil(async () => (await health(proxy)).problems === 1, { what: "it is rejected" });
  await lab.dir.write("later.pem", await Deno.readTextFile(proxy.caFile));
  await waitUntil(async () => (await health(proxy)).problems === undefined, {
    what: "it is taken",
  });
});

Deno.test({
  name:
    "secrets that came through a pipe stay in force, and a reload says that they cannot be read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([api], json({}));
    const pipe = lab.dir.join("pipe");
    assert.ok((await new Deno.Command("mkfifo", { args: ["-m", "600", pipe] }).output()).success);
    const writing = Deno.writeTextFile(pipe, "GITHUB_TOKEN=ghp_first\n", { create: false });
    const proxy = await lab.proxy({ args: ["--env-file", pipe] });
    await writing;
    const response = await within(postReload(proxy), { what: "the reload ends" });
    assert.equal(response.status, 422);
    assert.match(await response.text(), /it is a pipe, which cannot be read again/);
    using client = await connect(proxy);
    await waitForToken("ghp_first", { client, upstream });
  },
});

Deno.test("what cannot be run changes nothing, and health and metrics say so until it is mended", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([api], json({}));
  const secrets = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_first\n", { mode: 0o600 });
  const config = await lab.dir.write("c.yaml", "egress: { default: allow }\n");
  const proxy = await lab.proxy({ args: ["--env-file", secrets, "--config", config] });
  using client = await connect(proxy);
  assert.equal((await health(proxy)).state, "current");
  await replaceFile(config, "egres: { default: deny }\n");
  await waitUntil(async () => (await health(proxy)).state === "rejected", {
    what: "the file is rejected",
  });
  assert.equal((await health(proxy)).problems, 1);
  assert.equal(await metric(proxy, "auth_proxy_config_last_reload_successful"), "0");
  assert.match(proxy.stderr, /rejected.*c\.yaml:1:1: Cannot use egres: no such key; did you mean/);
  // As a whole: the secret, which is in order, is not taken either.
  await replaceFile(secrets, "GITHUB_TOKEN=ghp_second\n");
  await waitUntil(() => proxy.stderr.split("rejected").length > 2, { what: "it is tried again" });
  assert.equal((await client.get("/", host)).status, 200);
  assert.equal(lastAuthorization(upstream), "Bearer ghp_first");
  const asked = await postReload(proxy);
  assert.equal(asked.status, 422);
  assert.match(await asked.text(), /stays in force\. .*c\.yaml:1:1/);

  await replaceFile(config, "egress: { default: allow }\n");
  await waitForToken("ghp_second", { client, upstream });
  assert.equal((await health(proxy)).state, "current");
  assert.equal(await metric(proxy, "auth_proxy_config_last_reload_successful"), "1");
});

Deno.test("SIGHUP and POST /admin/reload read what no watch can see", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: "ghp_real_0123" } });
  const first = (await fetch(`${proxy.adminUrl}/healthz`)).text();
  const response = await postReload(proxy);
  assert.deepEqual(await response.json(), { status: "reloaded", cut: 0, needRestart: [] });
  assert.notEqual(await (await fetch(`${proxy.adminUrl}/healthz`)).text(), await first);
  proxy.signal("SIGHUP");
  await waitUntil(() => /configuration reloaded reason="?SIGHUP/.test(proxy.stderr), {
    what: "SIGHUP has it reloaded",
  });
  const stranger = await fetch(`${proxy.adminUrl}/admin/reload`, { method: "POST" });
  assert.equal(stranger.status, 401);
  await stranger.body?.cancel();
  await proxy.stop();
});

Deno.test("what is under way goes on under a new value, and is cut when the credential is taken away", async () => {
  await using lab = await Lab.create();
  const handler = byPath({ "/": json({}), "/endless": endless, "/socket": echoWebSocket });
  const upstream = await lab.upstream([api], handler);
  const untouched = await lab.upstream([other], handler);
  const rule = "--rule=api.other.example,Authorization,OTHER_TOKEN";
  const both = (token: string) => `${token}OTHER_TOKEN=other_real\n`;
  const file = await lab.dir.write("s.env", both("GITHUB_TOKEN=ghp_first\n"), { mode: 0o600 });
  const proxy = await lab.proxy({ args: ["--env-file", file, rule] });
  using stream = await openStream(await connect(proxy), "api.github.com");
  using socket = await openWebSocket(await connect(proxy), "api.github.com");
  using bystander = await openStream(await connect(proxy, other), "api.other.example");
  using client = await connect(proxy);

  await replaceFile(file, both("GITHUB_TOKEN=ghp_second\n"));
  await waitForToken("ghp_second", { client, upstream });
  for (const each of [stream, socket, bystander]) await each.alive();

  await replaceFile(file, both(""));
  const removed = performance.now();
  await Promise.all([stream.ended(), socket.ended()]);
  const took = performance.now() - removed;
  console.log(`Cut ${took.toFixed(0)} ms after the credential was removed`);
  await bystander.alive();
  await waitUntil(() => upstream.openConnections === 0, { what: "nothing leads there any more" });
  assert.match(proxy.stderr, /configuration reloaded .*cut=2/);
  // The service is like any other now: what the client sends is its own affair.
  assert.equal((await client.get("/", host)).status, 200);
  assert.equal(lastAuthorization(upstream), undefined);
  assert.equal(untouched.openConnections, 1);
});

Deno.test("a rule of the operator's own whose secret is taken away cuts, then answers 502", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([other], byPath({ "/endless": endless }));
  const file = await lab.dir.write("s.env", "OTHER_TOKEN=other_real\n", { mode: 0o600 });
  const proxy = await lab.proxy({
    args: ["--env-file", file, "--rule=api.other.example,Authorization,OTHER_TOKEN"],
  });
  using stream = await openStream(await connect(proxy, other), "api.other.example");
  await stream.alive();
  await replaceFile(file, "# nothing\n");
  await stream.ended();
  using client = await connect(proxy, other);
  const response = await client.get("/endless", "Host: api.other.example\r\n");
  assertRefused(response, { status: 502 });
  assert.match(response.body, /OTHER_TOKEN is not set/);
  assert.equal(upstream.requests.length, 1);
});

Deno.test("a changed file changes rules, egress, limits and agents for the next request of an old tunnel", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([api, other], json({}));
  const config = await lab.dir.write("c.yaml", "rules: []\n");
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "ghp_real_0123", OTHER_TOKEN: "other_real_0123" },
    args: ["--config", config],
  });
  using client = await connect(proxy);
  assert.equal((await client.get("/", host)).status, 200);
  await replaceFile(config, "egress: { deny: [{ host: api.github.com, path: /secret/** }] }\n");
  await waitUntil(async () => (await client.get("/secret/x", host)).status === 403, {
    what: "the entry denies",
  });
  assert.equal((await client.get("/", host)).status, 200);

  await replaceFile(config, "rules: [[api.other.example, X-Api-Key, OTHER_TOKEN]]\n");
  await waitUntil(async () => {
    const { rules } = await (await fetch(`${proxy.adminUrl}/admin/rules`)).json();
    return rules.some(({ name }: { name: string }) => name === "api.other.example");
  }, { what: "the rule is there" });
  using second = await connect(proxy, other);
  assert.equal((await second.get("/", "Host: api.other.example\r\n")).status, 200);
  assert.deepEqual(upstream.requests.at(-1)?.values("x-api-key"), ["other_real_0123"]);

  await replaceFile(config, `agents: { ci: { token_sha256: "${"0".repeat(64)}" } }\n`);
  await client.expectEnd();
  using stranger = await RawClient.connect(proxy.url);
  assert.equal((await stranger.openTunnel(api)).status, 407);
});

Deno.test("a changed listener needs a restart, and is named; the rest counts", async () => {
  await using lab = await Lab.create();
  const config = await lab.dir.write("c.yaml", "audit: { keep: 3 }\n");
  const proxy = await lab.proxy({ args: ["--config", config, "--audit-file", "none"] });
  await replaceFile(config, "audit: { keep: 4 }\n");
  await waitUntil(() => /changed settings need a restart settings="?audit/.test(proxy.stderr), {
    what: "the log says so",
  });
});

Deno.test("a response that began before a reload is searched for the new credential too", async () => {
  await using lab = await Lab.create();
  let credential = "";
  await lab.upstream([api], async (exchange) => {
    if (exchange.request.path !== "/stream") {
      credential = exchange.request.values("authorization")[0]?.slice("Bearer ".length) ?? "";
      return await exchange.respondJson({});
    }
    await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
    await writeChunk(exchange, "begun\n");
    await waitUntil(() => credential === "ghp_second_0123", { what: "the second one is sent" });
    await writeChunk(exchange, `another client sent ${credential}\n`);
    await exchange.write("0\r\n\r\n");
  });
  const file = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_first_0123\n", { mode: 0o600 });
  const proxy = await lab.proxy({ args: ["--env-file", file] });
  using stream = await connect(proxy);
  const answer = stream.get("/stream", host);
  using client = await connect(proxy);
  await client.get("/", host);
  await replaceFile(file, "GITHUB_TOKEN=ghp_second_0123\n");
  await waitUntil(async () => {
    await client.get("/", host);
    return credential === "ghp_second_0123";
  }, { what: "the second one is sent" });
  assert.equal((await answer).body, `begun\nanother client sent ${"*".repeat(15)}\n`);
});

Deno.test("a credential that was replaced does not come back either", async () => {
  await using lab = await Lab.create();
  let former = "";
  const upstream = await lab.upstream([api], async (exchange) => {
    await exchange.respond({ body: `stored: ${former}` });
  });
  const file = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_first_0123\n", { mode: 0o600 });
  const proxy = await lab.proxy({ args: ["--env-file", file] });
  using client = await connect(proxy);
  for (const next of ["ghp_second_0123", "ghp_third_0123"]) {
    await waitUntil(async () => {
      await client.get("/", host);
      former = lastAuthorization(upstream)?.slice("Bearer ".length) ?? "";
      return former !== "";
    }, { what: "a credential is sent" });
    await replaceFile(file, `GITHUB_TOKEN=${next}\n`);
    await waitUntil(async () => {
      await client.get("/", host);
      return lastAuthorization(upstream) === `Bearer ${next}`;
    }, { what: "the next one is sent" });
    const { body } = await client.get("/", host);
    assert.match(body, /^stored: \*+$/);
  }
});

Deno.test("reloads that are asked for at once are made one after the other, and all count the last change", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([api], json({}));
  const file = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_first_0123\n", { mode: 0o600 });
  const proxy = await lab.proxy({ args: ["--env-file", file] });
  using client = await connect(proxy);
  for (let round = 0; round < 5; round++) {
    const early = Array.from({ length: 10 }, () => postReload(proxy));
    await replaceFile(file, `GITHUB_TOKEN=ghp_round_${round}_0123\n`);
    const late = Array.from({ length: 10 }, () => postReload(proxy));
    for (const answer of await Promise.all([...early, ...late])) {
      assert.equal(answer.status, 200, await answer.text());
    }
    assert.equal((await client.get("/", host)).status, 200);
    assert.equal(lastAuthorization(upstream), `Bearer ghp_round_${round}_0123`);
  }
});
