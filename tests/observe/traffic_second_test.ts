import assert from "node:assert/strict";
import { latencyClass, TrafficTally } from "../../src/observe/traffic_second.ts";

Deno.test("TrafficTally adds up by rule and agent, and begins anew when it is read", () => {
  const tally = new TrafficTally();
  const exchange = { kind: "exchange", rule: "github", agent: "ci" } as const;
  tally.add({ ...exchange, decision: "allow", connect: 12, firstByte: 4 });
  tally.add({ ...exchange, decision: "deny" });
  tally.add({ ...exchange, decision: "error" });
  tally.add({ kind: "exchange", decision: "allow", firstByte: 0.3 });
  tally.add({ kind: "alarm" });
  assert.deepEqual(tally.take(7), {
    time: 7,
    groups: [
      { rule: "github", agent: "ci", requests: 3, refused: 1, failed: 1, latency: { 16: 1 } },
      { rule: "", agent: "", requests: 1, refused: 0, failed: 0, latency: { 0: 1 } },
    ],
    alarms: 1,
  });
  assert.deepEqual(tally.take(8), { time: 8, groups: [], alarms: 0 });
});

Deno.test("TrafficTally leaves out a tunnel whose requests are counted, unless it was refused", () => {
  const tally = new TrafficTally();
  tally.add({ kind: "tunnel", decision: "allow", decrypted: true });
  assert.deepEqual(tally.take(0).groups, []);
  tally.add({ kind: "tunnel", decision: "allow" });
  tally.add({ kind: "tunnel", decision: "deny", decrypted: true });
  const [group] = tally.take(0).groups;
  assert.deepEqual([group?.requests, group?.refused], [2, 1]);
});

Deno.test("latencyClass() is right to a tenth", () => {
  for (const time of [1, 1.5, 10, 54, 999, 60_000]) {
    const read = 2 ** (latencyClass(time) / 4);
    assert.ok(Math.abs(read / time - 1) < 0.1, `${time} is read as ${read}`);
  }
  assert.equal(latencyClass(0), 0);
});
