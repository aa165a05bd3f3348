import assert from "node:assert/strict";
import { RuleSet } from "../../src/policy/rule_set.ts";
import { AgentGate } from "../../src/proxy/agent_gate.ts";
import type { ProxyContext } from "../../src/proxy/context.ts";
import { KnownAgents } from "../../src/proxy/known_agents.ts";
import { emptyRegistry } from "../../src/policy/agent_registry.ts";
import { Deadlines } from "../../src/proxy/deadlines.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";
import { Listener } from "../../src/proxy/listener.ts";
import { writeAll } from "../support/write_all.ts";

const nobody = new KnownAgents(emptyRegistry, { settings: [] });
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A listener with a head timeout of 300 ms, and what a client got until the end. */
async function answerTo(sent: string): Promise<string> {
  const context = {
    rules: new RuleSet([]),
    gate: new AgentGate(() => nobody, "never"),
    deadlines: new Deadlines(),
    limits: { ...defaultLimits, headTimeout: 300, keepAliveTimeout: 300 },
    log: quiet,
    audit: { record: () => {}, refuses: false },
    metrics: { countExchange: () => {}, countTunnel: () => {} },
    nextId: () => "1",
    draining: () => listener.draining,
  } as unknown as ProxyContext;
  const listener = new Listener(() => context);
  const port = await listener.listen({ hostname: "127.0.0.1", port: 0 });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await writeAll(conn, sent);
    let text = "";
    for await (const chunk of conn.readable) text += new TextDecoder().decode(chunk);
    return text;
  } finally {
    await listener.drain(1000);
  }
}

Deno.test("Listener closes a connection that stays silent, and sends nothing unasked", async () => {
  assert.equal(await answerTo(""), "");
});

Deno.test("Listener closes a kept connection that stays idle, after its answer alone", async () => {
  const answer = await answerTo("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1, answer);
  assert.match(answer, /^HTTP\/1\.1 404 /);
});

Deno.test("Listener answers 408 to a head that does not end", async () => {
  const answer = await answerTo("GET / HTTP/1.1\r\nHost: a.exa");
  assert.match(answer, /^HTTP\/1\.1 408 /);
});
