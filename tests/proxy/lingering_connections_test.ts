import assert from "node:assert/strict";
import { ProxyError } from "../../src/errors.ts";
import { LingeringConnections } from "../../src/proxy/lingering_connections.ts";
import { waitUntil } from "../support/wait_until.ts";

/** Connections that were given up, and the means to end them. */
function giveUp(lingering: LingeringConnections, authority: string, count: number): () => void {
  const ended = Promise.withResolvers<void>();
  for (let index = 0; index < count; index++) lingering.watch(authority, ended.promise);
  return ended.resolve;
}

function isRefused(lingering: LingeringConnections, authority: string): boolean {
  try {
    lingering.refuseMore(authority);
    return false;
  } catch (error) {
    assert.ok(error instanceof ProxyError && error.kind === "connection_limit", `${error}`);
    return true;
  }
}

Deno.test("LingeringConnections refuses an authority to which 64 do not end, until they do", async () => {
  const lingering = new LingeringConnections(0);
  const end = giveUp(lingering, "a:443", 63);
  const endLast = giveUp(lingering, "b:443", 64);
  await waitUntil(() => isRefused(lingering, "b:443"), { what: "there are too many" });
  assert.equal(isRefused(lingering, "a:443"), false);
  assert.equal(isRefused(lingering, "c:443"), false);
  const endOne = giveUp(lingering, "a:443", 1);
  await waitUntil(() => isRefused(lingering, "a:443"), { what: "there is one too many" });
  endOne();
  await waitUntil(() => !isRefused(lingering, "a:443"), { what: "it has ended" });
  end();
  endLast();
  await waitUntil(() => !isRefused(lingering, "b:443"), { what: "all have ended" });
});

Deno.test("LingeringConnections refuses every authority once 512 do not end", async () => {
  const lingering = new LingeringConnections(0);
  const ends = Array.from({ length: 16 }, (_, at) => giveUp(lingering, `${at}:443`, 32));
  await waitUntil(() => isRefused(lingering, "other:443"), { what: "there are too many" });
  ends[0]?.();
  await waitUntil(() => !isRefused(lingering, "other:443"), { what: "some have ended" });
  for (const end of ends) end();
});

Deno.test("LingeringConnections does not count what ends in time", async () => {
  const lingering = new LingeringConnections(60_000);
  giveUp(lingering, "a:443", 100);
  assert.equal(isRefused(lingering, "a:443"), false);
  const soon = new LingeringConnections(50);
  giveUp(soon, "a:443", 100)();
  // What is given up later is counted later.
  const end = giveUp(soon, "b:443", 64);
  await waitUntil(() => isRefused(soon, "b:443"), { what: "others are counted" });
  assert.equal(isRefused(soon, "a:443"), false);
  end();
});
