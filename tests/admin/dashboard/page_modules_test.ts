/** The page's own calculations, without a browser. */

import assert from "node:assert/strict";
import { reasonAt } from "../../../src/admin/dashboard/page/attention.js";
import { niceCeiling } from "../../../src/admin/dashboard/page/plots.js";
import { recordFilter, verdictOf } from "../../../src/admin/dashboard/page/record_filter.js";
import { takeEvents } from "../../../src/admin/dashboard/page/server_sent_events.js";
import { latencyOf, Traffic } from "../../../src/admin/dashboard/page/traffic.js";
import { duration, fromNow } from "../../../src/admin/dashboard/page/format.js";

const group = {
  rule: "github",
  agent: "ci",
  requests: 2,
  refused: 1,
  failed: 0,
  latency: { 4: 1 },
};

Deno.test("Traffic shows five minutes in sixty points, the youngest last", () => {
  const traffic = new Traffic();
  traffic.add({ time: 1000, groups: [group], alarms: 0 });
  traffic.add({ time: 1299, groups: [group, { ...group, agent: "dev" }], alarms: 0 });
  const buckets = traffic.buckets();
  assert.equal(buckets.length, 60);
  assert.deepEqual([buckets[0]?.requests, buckets[59]?.requests], [2, 4]);
  assert.deepEqual([traffic.total().requests, traffic.total().refused], [6, 3]);
  // A second more, and the first is out of sight.
  traffic.add({ time: 1300, groups: [], alarms: 0 });
  assert.equal(traffic.total().requests, 4);
  traffic.clear();
  assert.equal(traffic.total().requests, 0);
});

Deno.test("Traffic adds up two reports of one second, and sorts by what is busiest", () => {
  const traffic = new Traffic();
  traffic.add({ time: 10, groups: [group], alarms: 0 });
  traffic.add({ time: 10, groups: [{ ...group, agent: "dev", requests: 5 }], alarms: 0 });
  assert.deepEqual(
    traffic.by(({ agent }) => agent).map(([name, total]) => [name, total.requests]),
    [["dev", 5], ["ci", 2]],
  );
});

Deno.test("latencyOf() finds the class that a share of requests stays below", () => {
  const latency = new Map([[0, 90], [40, 10]]);
  assert.equal(latencyOf({ latency }, 0.5), 1);
  assert.equal(latencyOf({ latency }, 0.95), 1024);
  assert.equal(latencyOf({ latency: new Map() }, 0.5), undefined);
});

Deno.test("recordFilter() wants every word, and none that follows a minus", () => {
  const record = {
    kind: "exchange",
    decision: "deny",
    authority: "API.github.com:443",
    path: "/User",
  };
  const cases: [string, boolean][] = [
    ["", true],
    ["  github   /user ", true],
    ["deny", true],
    ["refused", true],
    ["github sentry", false],
    ["-github", false],
    ["-sentry", true],
    ["-", true],
    ["github.com:443/user", true],
  ];
  for (const [text, found] of cases) assert.equal(recordFilter(text)(record), found, text);
});

Deno.test("verdictOf() names what became of a request", () => {
  assert.equal(verdictOf({ kind: "alarm" }), "alarm");
  assert.equal(verdictOf({ kind: "tunnel", decision: "deny" }), "refused");
  assert.equal(verdictOf({ kind: "exchange", decision: "error" }), "failed");
  assert.equal(verdictOf({ kind: "exchange", decision: "allow" }), "allowed");
});

Deno.test("reasonAt() says an authority once, and changes no other reason", () => {
  assert.equal(reasonAt("a.example:443", "a.example:443 is refused"), "is refused");
  assert.equal(reasonAt("a.example:443", "by a.example:443 x"), "by a.example:443 x");
  assert.equal(reasonAt("", "Send the token"), "Send the token");
});

Deno.test("takeEvents() takes whole events however the stream is cut", () => {
  const text = 'event: record\ndata: {"id":"1"}\n\nevent: second\ndata: {"time":2}\n\n';
  for (let cut = 0; cut <= text.length; cut++) {
    const found: unknown[] = [];
    const take = (name: string, data: unknown) => void found.push([name, data]);
    const rest = takeEvents(takeEvents(text.slice(0, cut), take) + text.slice(cut), take);
    assert.deepEqual(found, [["record", { id: "1" }], ["second", { time: 2 }]]);
    assert.equal(rest, "");
  }
});

Deno.test("numbers and times are written for people", () => {
  assert.deepEqual([0.42, 12.4, 1500, 61_000, undefined].map(duration), [
    "0.4 ms",
    "12 ms",
    "1.5 s",
    "61 s",
    "–",
  ]);
  assert.deepEqual([0.3, 1, 2.1, 70].map(niceCeiling), [0.5, 1, 5, 100]);
  assert.equal(fromNow(5 * 86_400_000, 0), "in 5 days");
  assert.equal(fromNow(0, 3 * 3_600_000), "3 hours ago");
});
