/**
 * The contract: revoking an agent, or giving it another token, ends what it has open, on both legs:
 * tunnels, streams, connections that merely wait. What other agents have open goes on.
 */

import assert from "node:assert/strict";
import {
  addAgent,
  basicField,
  type CertificateFiles,
  issueCertificate,
  runCommand,
} from "../support/agent_command.ts";
import { Lab } from "../support/lab.ts";
import { type Open, open, openStream, openWebSocket } from "../support/open_streams.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { connectToTlsProxy, tunnelThroughTls } from "../support/tls_proxy_client.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { byPath, echoWebSocket, endless, json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const api = "api.github.com:443";
const blind = "stranger.example.com:8022";
const other = "uploads.github.com:443";
const apiHost = "Host: api.github.com\r\n";

/** By what an agent proves who it is, and how it opens connections. */
interface Agent {
  readonly name: string;
  readonly proof: "token" | "certificate";
  /** A tunnel in which nothing has been said yet. */
  connect(target: string): Promise<RawClient>;
  /** A tunnel with TLS inside. */
  tunnel(target: string): Promise<RawClient>;
}

interface World extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  /** Stand for the services that `subject` uses. */
  readonly upstreams: readonly Upstream[];
  readonly subject: Agent;
  readonly bystander: Agent;
}

async function start(proof: Agent["proof"]): Promise<World> {
  const lab = await Lab.create();
  const handler = byPath({
    "/": json({}),
    "/endless": endless,
    "/silent": silent,
    "/socket": echoWebSocket,
  });
  const upstreams = [await lab.upstream([api], handler), lab.plainUpstream([blind], handler)];
  await lab.upstream([other], handler);
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "ghp_real" },
    args: ["--listen-tls", "127.0.0.1:0"],
  });
  return {
    proxy,
    upstreams,
    subject: await createAgent(proxy, { name: "subject", proof }),
    bystander: await createAgent(proxy, { name: "bystander", proof: "token" }),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

async function createAgent(
  proxy: ProxyProcess,
  { name, proof }: Pick<Agent, "name" | "proof">,
): Promise<Agent> {
  if (proof === "certificate") {
    return certified(proxy, { name, certificate: await issueCertificate(proxy, name) });
  }
  const fields = basicField(name, await addAgent(proxy, name));
  const ca = await Deno.readTextFile(proxy.caFile);
  const agent: Agent = {
    name,
    proof,
    connect: async (target) => {
      const client = await RawClient.connect(proxy.url);
      const { status } = await client.openTunnel(target, fields);
      if (status === 200) return client;
      client.close();
      throw new Error(`CONNECT is answered with ${status}`);
    },
    tunnel: (target) => RawClient.tunnel(proxy.url, { target, ca, connectFields: fields }),
  };
  await waitUntil(() => isKnown(proxy, agent), { what: `${name} is known` });
  return agent;
}

/** As long as no agent is known, anybody gets in, under no name, and may be cut on the way. */
async function isKnown(proxy: ProxyProcess, agent: Agent): Promise<boolean> {
  try {
    using stranger = await RawClient.connect(proxy.url);
    const { status } = await stranger.openTunnel(blind, basicField(agent.name, "wrong"));
    if (status !== 407) return false;
    (await agent.connect(blind)).close();
    return true;
  } catch {
    return false;
  }
}

function certified(
  proxy: ProxyProcess,
  { name, certificate }: { name: string; certificate: CertificateFiles },
): Agent {
  return {
    name,
    proof: "certificate",
    connect: async (target) => {
      const client = await connectToTlsProxy({ proxy, certificate });
      assert.equal((await client.openTunnel(target)).status, 200);
      return client;
    },
    tunnel: (target) => tunnelThroughTls(target, { proxy, certificate }),
  };
}

type Opener = (agent: Agent, target?: string) => Promise<Open>;

/** Head and nothing more, for as long as the peer holds the connection. */
const silent: Handler = async (exchange) => {
  exchange.closesAfter = true;
  await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
  while (await exchange.reader.readSome() !== undefined);
};

const openers: Record<string, Opener> = {
  "a blind tunnel": async (agent) => await openStream(await agent.connect(blind), "x.example"),
  "a blind tunnel in which nothing moves": async (agent) => {
    const client = await agent.connect(blind);
    await client.send("GET /silent HTTP/1.1\r\nHost: x.example\r\n\r\n");
    await client.reader.readHead();
    return open(client, () => Promise.resolve());
  },
  "a tunnel of whose client nothing has come": async (agent) =>
    open(await agent.connect(blind), () => Promise.resolve()),
  "a stream of events": async (agent, target = api) =>
    await openStream(await agent.tunnel(target), target.replace(":443", "")),
  "a WebSocket": async (agent) => await openWebSocket(await agent.tunnel(api), "api.github.com"),
  "a kept connection that is idle": async (agent) => {
    const client = await agent.tunnel(api);
    return open(client, async () => {
      assert.equal((await client.get("/", apiHost)).status, 200);
    });
  },
};

/** What ends it all: by hand at the admin API, by command, by another token. */
const ways: Record<string, (world: World) => Promise<void>> = {
  "by command": async ({ proxy }) => {
    await runCommand(proxy, ["agent", "revoke", "subject"]);
  },
  "at the admin API": async ({ proxy }) => {
    const token = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
    const response = await fetch(`${proxy.adminUrl}/admin/agents/subject/revoke`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200, await response.text());
  },
  "by another token": async ({ proxy }) => {
    await addAgent(proxy, "subject");
  },
};

const cases = [
  { proof: "token", way: "by command" },
  { proof: "token", way: "by another token" },
  { proof: "token", way: "at the admin API" },
  { proof: "certificate", way: "by command" },
  { proof: "certificate", way: "at the admin API" },
] as const;

for (const { proof, way } of cases) {
  Deno.test(`an agent with a ${proof} that is revoked ${way} loses all that it has open, both legs`, async () => {
    await using world = await start(proof);
    const { subject, bystander, upstreams } = world;
    using kept = await openers["a stream of events"]?.(bystander, other);
    using idle = await openers["a kept connection that is idle"]?.(bystander);
    await using stack = new AsyncDisposableStack();
    const opened: Open[] = [];
    for (const opener of Object.values(openers)) opened.push(stack.use(await opener(subject)));
    for (const one of [...opened, kept, idle]) await one?.alive();

    assert.ok((upstreams[0]?.openConnections ?? 0) > 2);
    assert.equal(upstreams[1]?.openConnections, 3);

    const revoked = performance.now();
    await ways[way]?.(world);
    const done = performance.now();
    await Promise.all(opened.map((one) => one.ended()));
    const times = [done - revoked, performance.now() - done].map((ms) => ms.toFixed(0));
    console.log(`Revoking took ${times[0]} ms, the end came ${times[1]} ms later`);
    // The upstream connections that wait in the pool are of who is left, or of nobody.
    await waitUntil(() => upstreams[1]?.openConnections === 0, { what: "the tunnels are gone" });
    await waitUntil(() => (upstreams[0]?.openConnections ?? 0) <= 2, {
      what: "the streams are gone",
    });
    for (const one of [kept, idle]) await one?.alive();
    await assert.rejects(subject.connect(blind));
  });
}

Deno.test("a client of nobody loses its tunnel when the first agent is added", async () => {
  await using lab = await Lab.create();
  lab.plainUpstream([blind], byPath({ "/endless": endless }));
  const proxy = await lab.proxy();
  using client = await RawClient.connect(proxy.url);
  assert.equal((await client.openTunnel(blind)).status, 200);
  using tunnel = await openStream(client, "x.example");
  await tunnel.alive();
  await addAgent(proxy, "ci");
  await tunnel.ended();
});
