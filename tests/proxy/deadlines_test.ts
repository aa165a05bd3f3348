import assert from "node:assert/strict";
import { Deadline, Deadlines } from "../../src/proxy/deadlines.ts";
import { delay, waitUntil } from "../support/wait_until.ts";

/** How precise a deadline is, in milliseconds. */
const tick = 250;

function byHand() {
  const clock = { now: 1000 };
  const calls: string[] = [];
  const keeper = { now: () => clock.now, release: () => calls.push("released") };
  const deadline = new Deadline(keeper, () => calls.push("expired"));
  return { clock, calls, deadline };
}

Deno.test("Deadline expires once, when its time has come and not before", () => {
  const { calls, deadline } = byHand();
  deadline.check(1e12);
  assert.equal(calls.length, 0, "it had not been set");
  deadline.set(500);
  deadline.check(1499);
  assert.equal(calls.length, 0);
  deadline.check(1500);
  assert.deepEqual(calls, ["expired"]);
  deadline.check(9999);
  assert.deepEqual(calls, ["expired"]);
});

Deno.test("Deadline.set() replaces the limit before, clear() takes it away", () => {
  const { clock, calls, deadline } = byHand();
  deadline.set(500);
  clock.now = 1400;
  deadline.set(500);
  deadline.check(1899);
  assert.equal(calls.length, 0);
  deadline.clear();
  deadline.check(9999);
  assert.equal(calls.length, 0);
  deadline.set(1);
  deadline.onExpire = () => calls.push("another phase");
  deadline.check(1401);
  assert.deepEqual(calls, ["another phase"]);
  deadline.set(1);
  deadline.release();
  deadline.check(9999);
  assert.deepEqual(calls, ["another phase", "released"]);
});

Deno.test("Deadlines.add() gives deadlines that expire by themselves, each at its time", async () => {
  const deadlines = new Deadlines();
  const started = performance.now();
  const expired: [string, number][] = [];
  const add = (name: string) =>
    deadlines.add(() => expired.push([name, performance.now() - started]));
  const [long, short, cleared, never] = [add("long"), add("short"), add("cleared"), add("never")];
  long.set(1000);
  short.set(300);
  cleared.set(300);
  cleared.clear();
  await waitUntil(() => expired.length === 2, { what: "two deadlines have expired" });
  assert.deepEqual(expired.map(([name]) => name), ["short", "long"]);
  const [[, shortTime = 0] = [], [, longTime = 0] = []] = expired;
  assert.ok(shortTime >= 300 - tick && longTime >= 1000 - tick, `${shortTime} ${longTime}`);
  for (const deadline of [long, short, cleared, never]) deadline.release();
});

Deno.test("Deadlines starts anew after all were released, with a clock that is not stale", async () => {
  const deadlines = new Deadlines();
  deadlines.add(() => {}).release();
  await delay(2 * tick);
  const started = performance.now();
  let after = 0;
  const deadline = deadlines.add(() => after = performance.now() - started);
  deadline.set(2 * tick);
  await waitUntil(() => after > 0, { what: "the deadline has expired" });
  assert.ok(after >= tick, `it expired after ${after} ms`);
  deadline.release();
});

Deno.test("Deadlines lets a deadline release itself or another while they expire", async () => {
  const deadlines = new Deadlines();
  const expired: string[] = [];
  const first = deadlines.add(() => {
    expired.push("first");
    first.release();
    second.release();
  });
  const second = deadlines.add(() => expired.push("second"));
  const third = deadlines.add(() => expired.push("third"));
  for (const deadline of [first, second, third]) deadline.set(1);
  await waitUntil(() => expired.includes("third"), { what: "the third has expired" });
  assert.deepEqual(expired, ["first", "third"]);
  third.release();
});
