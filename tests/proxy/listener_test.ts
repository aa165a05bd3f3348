import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { EgressPolicy, openEgress } from "../../src/policy/egress_policy.ts";
import { everyRule } from "../../src/policy/redaction_scope.ts";
import { noUpstreamProxies } from "../../src/policy/upstream_proxies.ts";
import { RuleSet } from "../../src/policy/rule_set.ts";
import { AgentGate } from "../../src/proxy/agent_gate.ts";
import type { ProxyContext } from "../../src/proxy/context.ts";
import { KnownAgents } from "../../src/proxy/known_agents.ts";
import { emptyRegistry } from "../../src/policy/agent_registry.ts";
import { Deadlines } from "../../src/proxy/deadlines.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";
import { Listener } from "../../src/proxy/listener.ts";
import { waitUntil } from "../support/wait_until.ts";
import { writeAll } from "../support/write_all.ts";

const nobody = new KnownAgents(emptyRegistry, { settings: [] });
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A listener without rules, with a head timeout of 300 ms. */
async function listen(overrides: Partial<ProxyContext> = {}) {
  const context = {
    rules: new RuleSet([]),
    egress: new EgressPolicy(openEgress),
    redaction: { settings: everyRule },
    proxies: noUpstreamProxies,
    gate: new AgentGate(() => nobody, "never"),
    deadlines: new Deadlines(),
    limits: { ...defaultLimits, headTimeout: 300, keepAliveTimeout: 300 },
    log: quiet,
    audit: { record: () => {}, refuses: false },
    metrics: { countExchange: () => {}, countTunnel: () => {} },
    nextId: () => "1",
    draining: () => listener.draining,
    accepting: () => listener.accepting,
    ...overrides,
  } as unknown as ProxyContext;
  const listener = new Listener(() => context);
  const tls = {
    isFor: () => true,
    front: { knows: () => true },
    secure: () => Promise.resolve(undefined),
  };
  const port = await listener.listen({ hostname: "127.0.0.1", port: 0 }, {
    context: () => context,
    speaks: { kind: "anything", tls },
  });
  const counts = () => listener.counts;
  return { port, counts, [Symbol.asyncDispose]: () => listener.drain(1000) };
}

/** Sends something and gives what a client gets until the end. */
async function ask(port: number, sent: string): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(conn, sent);
  let text = "";
  for await (const chunk of conn.readable) text += new TextDecoder().decode(chunk);
  return text;
}

async function answerTo(sent: string): Promise<string> {
  await using listener = await listen();
  return await ask(listener.port, sent);
}

Deno.test("Listener closes a connection that stays silent, and sends nothing unasked", async () => {
  assert.equal(await answerTo(""), "");
});

Deno.test("Listener closes a kept connection that stays idle, after its answer alone", async () => {
  const answer = await answerTo("GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n");
  assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1, answer);
  assert.match(answer, /^HTTP\/1\.1 404 /);
});

Deno.test("Listener answers 408 to a head that does not end", async () => {
  const answer = await answerTo("GET / HTTP/1.1\r\nHost: a.exa");
  assert.match(answer, /^HTTP\/1\.1 408 /);
});

Deno.test("Listener counts a client's connection until nothing is done for it any more", async () => {
  const begun = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<never>();
  const upstreams = {
    openTunnel: () => {
      begun.resolve();
      return opened.promise;
    },
  };
  await using listener = await listen({
    limits: { ...defaultLimits, maxConnections: 1 },
    upstreams: upstreams as unknown as ProxyContext["upstreams"],
  });
  const socket = connect({ host: "127.0.0.1", port: listener.port });
  await once(socket, "connect");
  socket.write("CONNECT a.example:1 HTTP/1.1\r\nHost: a.example:1\r\n\r\n");
  await begun.promise;
  socket.resetAndDestroy();
  const request = "GET / HTTP/1.1\r\nHost: a.example:8080\r\nConnection: close\r\n\r\n";
  for (let count = 0; count < 3; count++) {
    assert.match(await ask(listener.port, request), /^HTTP\/1\.1 503 /);
  }
  assert.deepEqual(listener.counts(), { evicted: 0, refused: { client: 0, proxy: 3 } });
  opened.reject(new Error("given up"));
  await waitUntil(async () => (await ask(listener.port, request)).startsWith("HTTP/1.1 404 "), {
    what: "another client is served",
  });
});

Deno.test("Listener counts the connections that it closes in favour of new ones", async () => {
  await using listener = await listen({ limits: { ...defaultLimits, maxConnections: 1 } });
  const waiting = connect({ host: "127.0.0.1", port: listener.port });
  await once(waiting, "connect");
  const closed = once(waiting, "close");
  waiting.resume();
  const request = "GET / HTTP/1.1\r\nHost: a.example:8080\r\nConnection: close\r\n\r\n";
  assert.match(await ask(listener.port, request), /^HTTP\/1\.1 404 /);
  await closed;
  assert.deepEqual(listener.counts(), { evicted: 1, refused: { client: 0, proxy: 0 } });
});
