/**
 * The contract: no dialect of the port lets a client be another agent than it can prove to be, and no
 * record says that it was.
 */

import assert from "node:assert/strict";
import { auditLines, waitForAuditLine } from "../support/audit_lines.ts";
import { RawClient } from "../support/proxy_client.ts";
import { askSocks } from "../support/socks_client.ts";
import { basic, ciToken, devToken, startAgentWorld } from "./agent_cases.ts";
import { attackFamily } from "./attack_family.ts";
import { dialectCases } from "./dialect_cases.ts";
import { exchange, get } from "./probe.ts";

attackFamily("be another agent in another dialect", {
  start: startAgentWorld,
  cases: dialectCases,
  normal: { authority: "vault.test:443", connectFields: basic(`ci:${ciToken}`) },
});

Deno.test("control: who has ci's token has ci's credential by SOCKS, too", async () => {
  await using world = await startAgentWorld();
  const { client } = await askSocks(world.proxy.url, {
    ...{ host: "vault.test", port: 443, user: "ci", password: ciToken },
  });
  using inner = await client.startTls("vault.test", world.ca);
  await exchange(inner, get("vault.test", { path: "/control" }));
  const [request] = world.server("vault").requests;
  assert.equal(request?.target, "/control");
  assert.deepEqual(world.loot.findIn(JSON.stringify(request?.fields)), ["CORP_KEY"]);
});

Deno.test("what an earlier request has proved is not recorded of one that is refused", async () => {
  await using world = await startAgentWorld();
  const { proxy } = world;
  using client = await RawClient.connect(proxy.url);
  const host = "Host: nowhere.test\r\n";
  await client.get("http://nowhere.test/first", host + basic(`ci:${ciToken}`));
  for (const [path, proof] of [["wrong", basic(`ci:${devToken}`)], ["silent", ""]] as const) {
    const { status } = await client.get(`http://nowhere.test/${path}`, host + proof);
    assert.equal(status, 407);
  }
  await waitForAuditLine(proxy, {
    what: "the last request",
    matches: ({ path }) => String(path).endsWith("/silent"),
  });
  const lines = auditLines(proxy).filter(({ kind }) => kind === "exchange");
  assert.deepEqual(
    lines.map(({ path, agent }) => [String(path).replace(/.*\//, ""), agent]),
    [["first", "ci"], ["wrong", undefined], ["silent", undefined]],
  );
});
