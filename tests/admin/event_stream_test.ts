/**
 * The contract: whoever watches sees what has just been and what comes, and can cost no more than a
 * quarter of a megabyte, however much comes and however slowly it is read.
 */

import assert from "node:assert/strict";
import { openEventStream } from "../../src/admin/event_stream.ts";
import { AuditFeed, type AuditWatcher } from "../../src/observe/audit_feed.ts";
import type { AuditRecord } from "../../src/observe/audit_record.ts";

const line = (fields: Record<string, unknown>) =>
  JSON.stringify({ time: "2026-01-01T00:00:00.500Z", kind: "exchange", ...fields }) + "\n";

/** A stream, what is said to it, and how many watch. */
function open(lines: readonly string[] = []) {
  const watchers = new Set<AuditWatcher>();
  const body = openEventStream({
    watchAudit: (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    recentAudit: () => lines,
  });
  assert.ok(body);
  const [watcher] = watchers;
  assert.ok(watcher);
  return { body, watcher, watchers };
}

interface Event {
  readonly name: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Everything up to the end. */
async function events(body: ReadableStream<Uint8Array>): Promise<Event[]> {
  const text = await new Response(body).text();
  return text.split("\n\n").filter((block) => block !== "").map((block) => {
    const [, name = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
    return { name, data: JSON.parse(data) };
  });
}

function say(watcher: AuditWatcher, record: Omit<AuditRecord, "time">): void {
  watcher.onRecord({ time: 0, ...record }, () => JSON.stringify(record) + "\n");
}

Deno.test("openEventStream() begins with what was, added up and line by line", async () => {
  const { body, watcher } = open([
    line({ id: "a", rule: "github", decision: "allow", ms: { total: 700, first_byte: 3 } }),
    line({ id: "b", kind: "tunnel", decision: "allow", decrypted: true }),
    line({ id: "c", decision: "deny", ms: { total: 1 } }),
  ]);
  watcher.onEnd();
  const found = await events(body);
  assert.deepEqual(found.map(({ name }) => name), ["second", "second", "record", "record", "live"]);
  const start = Date.parse("2026-01-01T00:00:00Z") / 1000;
  // Sorted by when they ended, not by when they were asked.
  assert.deepEqual(
    found.slice(0, 2).map(({ data }) => [data.time - start, data.groups[0].rule]),
    [[0, ""], [1, "github"]],
  );
  assert.deepEqual(found.slice(2, 4).map(({ data }) => data.id), ["a", "c"]);
});

Deno.test("openEventStream() goes on with what comes, and leaves out tunnels that it sees into", async () => {
  const { body, watcher } = open();
  say(watcher, { kind: "exchange", id: "1", decision: "allow" });
  say(watcher, { kind: "tunnel", id: "2", decision: "allow", decrypted: true });
  say(watcher, { kind: "tunnel", id: "3", decision: "deny" });
  watcher.onSecond({ time: 5, groups: [], alarms: 0 });
  watcher.onEnd();
  const found = await events(body);
  assert.deepEqual(found.map(({ name, data }) => [name, data.id ?? data.time]), [
    ["live", undefined],
    ["record", "1"],
    ["record", "3"],
    ["second", 5],
  ]);
});

Deno.test("openEventStream() passes on fifty requests in a second, and more of what went wrong", async () => {
  const { body, watcher } = open();
  for (let i = 0; i < 60; i++) say(watcher, { kind: "exchange", decision: "allow" });
  for (let i = 0; i < 60; i++) say(watcher, { kind: "exchange", decision: "deny" });
  watcher.onSecond({ time: 1, groups: [], alarms: 0 });
  say(watcher, { kind: "exchange", decision: "allow" });
  watcher.onEnd();
  const found = await events(body);
  const decisions = found.filter(({ name }) => name === "record").map(({ data }) => data.decision);
  assert.equal(decisions.filter((each) => each === "allow").length, 51);
  assert.equal(decisions.filter((each) => each === "deny").length, 60);
  assert.deepEqual(found.find(({ name }) => name === "omitted")?.data, { count: 10 });
});

Deno.test("openEventStream() keeps a quarter of a megabyte for who does not read, and says what it left out", async () => {
  const { body, watcher } = open();
  const path = "/".padEnd(1000, "x");
  const reader = body.getReader();
  let said = 0;
  for (let second = 0; second < 100; second++) {
    for (let i = 0; i < 50; i++, said++) {
      say(watcher, { kind: "exchange", decision: "allow", path });
    }
    watcher.onSecond({ time: second, groups: [], alarms: 0 });
  }
  let octets = 0;
  let text = "";
  while (!text.includes("event: omitted")) {
    const { value } = await reader.read();
    assert.ok(value);
    octets += value.length;
    text += new TextDecoder().decode(value);
    // Room is there again: the next second tells.
    if (octets > 200_000) watcher.onSecond({ time: 200, groups: [], alarms: 0 });
  }
  assert.ok(octets < 300_000, `${octets} octets were kept`);
  const [, count = ""] = /event: omitted\ndata: {"count":(\d+)}/.exec(text) ?? [];
  assert.equal(text.split("event: record").length - 1 + Number(count), said);
});

Deno.test("openEventStream() ends its watch when the reader goes", async () => {
  const { body, watchers } = open();
  await body.cancel();
  assert.equal(watchers.size, 0);
});

Deno.test("openEventStream() is refused when too many watch, or after the end", () => {
  const feed = new AuditFeed();
  const view = {
    watchAudit: (watcher: AuditWatcher) => feed.watch(watcher),
    recentAudit: () => [],
  };
  for (let i = 0; i < 16; i++) assert.ok(openEventStream(view));
  assert.equal(openEventStream(view), undefined);
  feed.close();
  assert.equal(openEventStream(view), undefined);
});
