/**
 * The contract: an agent proves who it is with a token that is its own. Agents come and go while the
 * proxy runs, and no token is to be found anywhere but with its agent.
 */

import assert from "node:assert/strict";
import { addAgent, basicField, runCommand, tryCommand } from "../support/agent_command.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const target = "stranger.example.com:443";

async function start(args: readonly string[] = []): Promise<{
  proxy: ProxyProcess;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const lab = await Lab.create();
  await lab.upstream([target], json({}));
  lab.plainUpstream(["plain.example.com:80"], json({}));
  const proxy = await lab.proxy({ args });
  return { proxy, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

async function connect(proxy: ProxyProcess, fields = ""): Promise<ClientResponse> {
  using client = await RawClient.connect(proxy.url);
  return await client.openTunnel(target, fields);
}

async function untilStatus(proxy: ProxyProcess, fields: string, status: number): Promise<void> {
  // A connection that is under way as its token is taken away is cut without an answer.
  const answered = () => connect(proxy, fields).then((answer) => answer.status, () => 0);
  await waitUntil(async () => await answered() === status, {
    what: `the proxy answers ${status}`,
  });
}

Deno.test("the first agent that is added closes a loopback listener to everybody else", async () => {
  await using world = await start();
  const { proxy } = world;
  assert.equal((await connect(proxy)).status, 200);
  const token = await addAgent(proxy, "ci");
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  await untilStatus(proxy, "", 407);
  assert.equal((await connect(proxy, basicField("ci", token))).status, 200);
  assert.equal((await connect(proxy, `Proxy-Authorization: Bearer ${token}\r\n`)).status, 200);
  const refused = [
    basicField("dev", token),
    basicField("", token),
    basicField("ci", token.toLowerCase()),
    basicField("ci", `${token}x`),
    `Proxy-Authorization: Bearer ${token}x\r\n`,
    "Proxy-Authorization: Basic !!!\r\n",
  ];
  for (const fields of refused) assertRefused(await connect(proxy, fields), { status: 407 });
  const twice = await connect(proxy, basicField("ci", token) + basicField("ci", token));
  assertRefused(twice, { status: 400 });
});

Deno.test("revoking the last agent opens nothing, and its name is never given away again", async () => {
  await using world = await start();
  const { proxy } = world;
  const token = await addAgent(proxy, "ci");
  await runCommand(proxy, ["agent", "revoke", "ci"]);
  await untilStatus(proxy, basicField("ci", token), 407);
  assertRefused(await connect(proxy), { status: 407 });
  for (const args of [["agent", "add", "ci"], ["client-cert", "ci"]]) {
    const { code, stdout, stderr } = await tryCommand(proxy, args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^auth-proxy: Cannot .* revoked[^\n]*\n$/);
  }
});

Deno.test("another token for an agent replaces the one before", async () => {
  await using world = await start();
  const { proxy } = world;
  const before = await addAgent(proxy, "ci");
  await untilStatus(proxy, "", 407);
  assert.equal((await connect(proxy, basicField("ci", before))).status, 200);
  const after = await addAgent(proxy, "ci");
  await untilStatus(proxy, basicField("ci", before), 407);
  assert.equal((await connect(proxy, basicField("ci", after))).status, 200);
});

Deno.test("each request in clear says for itself who sends it", async () => {
  await using world = await start();
  const { proxy } = world;
  const [ci, dev] = [await addAgent(proxy, "ci"), await addAgent(proxy, "dev")];
  await untilStatus(proxy, "", 407);
  await untilStatus(proxy, basicField("dev", dev), 200);
  using client = await RawClient.connect(proxy.url);
  const get = (fields: string) =>
    client.get("http://plain.example.com/", `Host: plain.example.com\r\n${fields}`);
  assert.equal((await get(basicField("ci", ci))).status, 200);
  assert.equal((await get(basicField("dev", dev))).status, 200);
  assertRefused(await get(basicField("ci", dev)), { status: 407 });
  assertRefused(await get(""), { status: 407 });
  assert.equal((await get(basicField("ci", ci))).status, 200);
});

Deno.test("--allow-unauthenticated lets in who shows nothing, and nobody who shows a wrong token", async () => {
  await using world = await start(["--allow-unauthenticated"]);
  const { proxy } = world;
  const token = await addAgent(proxy, "ci");
  await untilStatus(proxy, basicField("ci", "wrong"), 407);
  assert.equal((await connect(proxy)).status, 200);
  assert.equal((await connect(proxy, basicField("ci", token))).status, 200);
});

Deno.test("a registry that breaks leaves the agents as they are, loudly", async () => {
  await using world = await start();
  const { proxy } = world;
  const token = await addAgent(proxy, "ci");
  await untilStatus(proxy, "", 407);
  await Deno.writeTextFile(`${proxy.caDir}/private/agents.json`, "{");
  await waitUntil(() => /ERR agent registry not read/.test(proxy.stderr), {
    what: "the log says that the registry is broken",
  });
  assert.equal((await connect(proxy, basicField("ci", token))).status, 200);
  assertRefused(await connect(proxy), { status: 407 });
  const { code, stderr } = await tryCommand(proxy, ["agent", "add", "dev"]);
  assert.equal(code, 2);
  assert.match(stderr, /agents\.json.*it is not JSON/);
});

Deno.test("two commands at once lose no agent", async () => {
  await using world = await start();
  const { proxy } = world;
  const names = ["a", "b", "c", "d"];
  const tokens = await Promise.all(names.map((name) => addAgent(proxy, name)));
  const list = JSON.parse(await runCommand(proxy, ["agent", "list", "--json"]));
  assert.deepEqual(list.agents.map(({ name }: { name: string }) => name), names);
  await untilStatus(proxy, "", 407);
  for (const [index, name] of names.entries()) {
    await untilStatus(proxy, basicField(name, tokens[index] ?? ""), 200);
  }
});

Deno.test("no token lies on disk or in the log, whether it is right or stands in the wrong place", async () => {
  await using world = await start();
  const { proxy } = world;
  const token = await addAgent(proxy, "ci");
  await untilStatus(proxy, basicField("ci", "wrong"), 407);
  await connect(proxy, basicField("ci", token));
  await connect(proxy, basicField(token, ""));
  await connect(proxy, basicField("ci", `${token}x`));
  await connect(proxy, `Proxy-Authorization: ${token}\r\n`);
  await waitUntil(() => proxy.stderr.split("agent_unauthenticated").length === 5, {
    what: "the four refusals are in the log",
  });
  const outputs = [proxy.stdout, proxy.stderr];
  for await (const entry of Deno.readDir(`${proxy.caDir}/private`)) {
    outputs.push(await Deno.readTextFile(`${proxy.caDir}/private/${entry.name}`));
  }
  for (const output of outputs) {
    assert.ok(!output.includes(token), output);
    assert.ok(!output.includes(btoa(`ci:${token}`).slice(4, -4)), output);
  }
  assert.match(proxy.stderr, /agent registry read/);
});
