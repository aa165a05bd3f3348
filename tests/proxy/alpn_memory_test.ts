import assert from "node:assert/strict";
import { AlpnMemory } from "../../src/proxy/alpn_memory.ts";

Deno.test("AlpnMemory remembers for ten minutes what was set last", () => {
  let now = 0;
  const memory = new AlpnMemory(() => now);
  assert.equal(memory.get("a"), undefined);
  memory.set("a", "http/1.1");
  memory.set("a", "h2 alone");
  now += 599_999;
  assert.equal(memory.get("a"), "h2 alone");
  assert.equal(memory.get("b"), undefined);
  now += 1;
  assert.equal(memory.get("a"), undefined);
});

Deno.test("AlpnMemory forgets what it is told to, and the oldest of more than a thousand", () => {
  const memory = new AlpnMemory(() => 0);
  memory.set("a", "http/1.1");
  memory.forget("a");
  assert.equal(memory.get("a"), undefined);
  for (let at = 0; at <= 1000; at++) memory.set(`key ${at}`, "http/1.1");
  assert.equal(memory.get("key 0"), undefined);
  assert.equal(memory.get("key 1"), "http/1.1");
  memory.set("key 1", "http/1.1");
  memory.set("another", "http/1.1");
  assert.equal(memory.get("key 1"), "http/1.1");
  assert.equal(memory.get("key 2"), undefined);
});
