import assert from "node:assert/strict";
import { AuditFeed, type AuditWatcher } from "../../src/observe/audit_feed.ts";
import type { AuditRecord } from "../../src/observe/audit_record.ts";
import type { TrafficSecond } from "../../src/observe/traffic_second.ts";
import { waitUntil } from "../support/wait_until.ts";

const record: AuditRecord = { time: 0, kind: "exchange", rule: "github", decision: "allow" };
const octets = new TextEncoder().encode('{"kind":"exchange"}\n');

class Recorder implements AuditWatcher {
  readonly lines: string[] = [];
  readonly seconds: TrafficSecond[] = [];
  ended = 0;

  onRecord(_record: AuditRecord, line: () => string): void {
    this.lines.push(line());
  }

  onSecond(second: TrafficSecond): void {
    this.seconds.push(second);
  }

  onEnd(): void {
    this.ended++;
  }
}

Deno.test("AuditFeed hands records to everyone who watches, and each second's sum", async () => {
  const feed = new AuditFeed();
  const [first, second] = [new Recorder(), new Recorder()];
  const end = feed.watch(first);
  feed.watch(second);
  feed.publish(record, octets);
  assert.deepEqual([first.lines, second.lines], [['{"kind":"exchange"}\n'], first.lines]);
  await waitUntil(() => second.seconds.length > 0, { what: "a second is over" });
  assert.equal(second.seconds[0]?.groups[0]?.requests, 1);
  end?.();
  feed.publish(record, octets);
  assert.deepEqual([first.lines.length, second.lines.length], [1, 2]);
  feed.close();
  assert.deepEqual([first.ended, second.ended], [0, 1]);
});

Deno.test("AuditFeed counts nothing, and runs no timer, while nobody watches", async () => {
  const feed = new AuditFeed();
  feed.publish(record, octets);
  const early = new Recorder();
  feed.watch(early)?.();
  const late = new Recorder();
  feed.publish(record, octets);
  const end = feed.watch(late);
  await waitUntil(() => late.seconds.length > 0, { what: "a second is over" });
  assert.deepEqual(late.seconds[0]?.groups, []);
  end?.();
});

Deno.test("AuditFeed takes sixteen, and nobody once it is closed", () => {
  const feed = new AuditFeed();
  const ends = Array.from({ length: 16 }, () => feed.watch(new Recorder()));
  assert.ok(ends.every((end) => end !== undefined));
  assert.equal(feed.watch(new Recorder()), undefined);
  ends[0]?.();
  assert.ok(feed.watch(new Recorder()));
  feed.close();
  assert.equal(feed.watch(new Recorder()), undefined);
});
