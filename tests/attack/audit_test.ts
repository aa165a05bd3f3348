/**
 * The contract: what a client sends writes no line into a log but its own, drives no terminal, and does
 * not go unseen.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { SmallDisk, smallDisks } from "../support/small_disk.ts";
import { testWith } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";
import { basic } from "./agent_cases.ts";
import { attackFamily } from "./attack_family.ts";
import { agentToken, auditCases, logProblems, startAuditWorld } from "./audit_cases.ts";
import { secrets } from "./secrets.ts";

attackFamily("forge audit lines, or leave none", {
  start: startAuditWorld,
  cases: auditCases,
  normal: { authority: "api.github.com:443", connectFields: basic(`agent:${agentToken}`) },
});

Deno.test("control: a line that is forged, a terminal that is driven and a value that is told are seen", () => {
  const genuine = '{"time":"2026-01-01T00:00:00.000Z","id":"a-1","kind":"exchange"}\n';
  assert.deepEqual(logProblems(`text\n${genuine}`), []);
  for (
    const bad of [
      '{"time":"2026-01-01T00:00:00.000Z","id":"forged"}\n',
      '{"time":"2026-01-01T00:00:00.000Z","agent":"ci"}\n',
      '{"time": cut\n',
      "\x1b[2J",
      "\x9b",
      "\r",
      "query-value-0123456789",
      agentToken,
    ]
  ) assert.equal(logProblems(genuine + bad).length, 1, bad);
});

testWith("attack: act unseen, by filling the disk that the audit log is on", {
  needs: [smallDisks],
  fn: async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream(["api.github.com:443"], json({}));
    await using disk = await SmallDisk.create();
    const file = `${disk.path}/audit.jsonl`;
    const proxy = await lab.proxy({ secrets, args: ["--audit-file", file, "--audit-required"] });
    const ca = await Deno.readTextFile(proxy.caFile);
    using client = await RawClient.tunnel(proxy.url, { target: "api.github.com:443", ca });
    const ask = (path: string) => client.get(path, "Host: api.github.com\r\n");
    let status = 200;
    for (let count = 0; status === 200; count++) {
      status = (await ask(`/${count}/${"x".repeat(1500)}`)).status;
    }
    assert.equal(status, 503);
    const served = upstream.requests.length;
    assert.equal((await ask("/unseen")).status, 503);
    assert.equal(upstream.requests.length, served);
    await disk.grow();
    await proxy.stop();
    // What was served while the disk filled up is in the log once there is room.
    const lines = (await Deno.readTextFile(file)).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    const allowed = lines.filter(({ kind, decision }) =>
      kind === "exchange" && decision === "allow"
    );
    assert.equal(allowed.length, served);
  },
});
