import assert from "node:assert/strict";
import { BatchingSink } from "../../src/observe/batching_sink.ts";
import { RecordingLog } from "../support/recording_log.ts";
import { waitUntil } from "../support/wait_until.ts";
import { ScriptedTarget } from "./scripted_target.ts";

interface World extends AsyncDisposable {
  readonly target: ScriptedTarget;
  readonly sink: BatchingSink;
  readonly log: RecordingLog;
  readonly losses: { lost: number; reason: string }[];
  write(line: string): void;
  wait(milliseconds: number): void;
}

function open(options: { batchBytes?: number } = {}): World {
  let now = 0;
  const [target, log] = [new ScriptedTarget(), new RecordingLog()];
  const losses: { lost: number; reason: string }[] = [];
  const sink = new BatchingSink(target, {
    log,
    clock: () => now,
    onLoss: (lost, reason) => void losses.push({ lost, reason }),
    ...options,
  });
  return {
    target,
    sink,
    log,
    losses,
    write: (line) => sink.write(octets(line)),
    wait: (milliseconds) => void (now += milliseconds),
    [Symbol.asyncDispose]: () => sink.close(),
  };
}

function octets(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}

/** One eighth of what may wait. */
const mebibyte = "m".repeat(1_048_575) + "\n";
const full = { reason: "no space left on the device", octets: 0 };

Deno.test("BatchingSink writes the lines of one turn in one batch, by itself", async () => {
  await using world = open();
  for (let number = 0; number < 100; number++) world.write(`${number}\n`);
  assert.equal(world.target.attempts, 0, "it does not write at once");
  await waitUntil(() => world.target.batches.length > 0, { what: "a batch is written" });
  assert.equal(world.target.batches.length, 1);
  assert.equal(world.target.text, Array.from({ length: 100 }, (_, n) => `${n}\n`).join(""));
});

Deno.test("BatchingSink does not wait once it has a batch, and cuts none within a line", async () => {
  await using world = open({ batchBytes: 8 });
  for (const line of ["123\n", "456\n", "7\n", "a line of its own\n", "8\n"]) {
    world.write(line);
  }
  await world.sink.flush();
  assert.deepEqual(world.target.batches, ["123\n456\n", "7\n", "a line of its own\n", "8\n"]);
});

Deno.test("BatchingSink.flush() resolves once what came before is written", async () => {
  await using world = open();
  await world.sink.flush();
  assert.equal(world.target.attempts, 0, "there is nothing to write");
  const gate = Promise.withResolvers<void>();
  world.target.gate = gate.promise;
  world.write("one\n");
  const first = world.sink.flush();
  world.write("two\n");
  const second = world.sink.flush();
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(world.target.batches, ["one\n", "two\n"]);
});

Deno.test("BatchingSink keeps what could not be written, and writes it by itself when it can", async () => {
  await using world = open();
  world.target.failure = { ...full, octets: 4 };
  world.write("one\ntwo\n");
  await world.sink.flush();
  assert.equal(world.sink.failing, true);
  world.write("six\n");
  world.target.failure = undefined;
  await waitUntil(() => !world.sink.failing, { what: "it has tried again" });
  await world.sink.flush();
  assert.equal(world.target.text, "one\ntwo\nsix\n");
  assert.equal(world.sink.lost, 0);
  assert.deepEqual(world.losses, []);
  assert.deepEqual(world.log.entries.map(({ level, message }) => [level, message]), [
    ["warn", "the audit log cannot be written"],
    ["info", "the audit log is written again"],
  ]);
});

Deno.test("BatchingSink keeps 8 MiB, drops and counts what is beyond, and tells of it once there is room", async () => {
  await using world = open();
  world.target.failure = full;
  world.write("first\n");
  await world.sink.flush();
  for (let count = 0; count < 7; count++) world.write(mebibyte);
  const rest = "r".repeat(1_048_576 - "first\n".length - 1) + "\n";
  world.write(rest);
  assert.equal(world.sink.lost, 0, "8 MiB are kept");
  for (let count = 0; count < 5; count++) world.write("x\n");
  assert.equal(world.sink.lost, 5);
  await world.sink.flush();
  assert.deepEqual(world.losses, [], "it still fails");
  world.target.failure = undefined;
  await world.sink.flush();
  assert.equal(world.sink.failing, false);
  assert.deepEqual(world.losses, [{ lost: 5, reason: full.reason }]);
  assert.equal(world.target.text, "first\n" + mebibyte.repeat(7) + rest);
  world.write("after\n");
  await world.sink.flush();
  assert.deepEqual(world.losses.length, 1, "a loss is told once");
  assert.equal(world.sink.lost, 5);
});

Deno.test("BatchingSink is failing while a slow target leaves no room, and not after", async () => {
  await using world = open();
  const gate = Promise.withResolvers<void>();
  world.target.gate = gate.promise;
  for (let count = 0; count < 8; count++) world.write(mebibyte);
  assert.equal(world.sink.failing, false, "there is room for all of it");
  world.write("x\n");
  assert.equal(world.sink.failing, true);
  assert.equal(world.sink.lost, 1);
  gate.resolve();
  await world.sink.flush();
  assert.equal(world.sink.failing, false);
  assert.deepEqual(world.losses, [{
    lost: 1,
    reason: "it is written more slowly than lines come",
  }]);
});

Deno.test("BatchingSink warns every 10 seconds while it fails, each time of the lines lost since", async () => {
  await using world = open();
  world.target.failure = full;
  for (let count = 0; count < 8; count++) world.write(mebibyte);
  await world.sink.flush();
  const warnings = () => world.log.at("warn").map(({ properties }) => properties);
  const waiting = 8 * mebibyte.length;
  assert.deepEqual(warnings(), [{ lost: 0, waiting, reason: full.reason }]);
  for (let count = 0; count < 5; count++) world.write("x\n");
  world.wait(9999);
  world.write("x\n");
  assert.equal(warnings().length, 1);
  world.wait(1);
  world.write("x\n");
  assert.deepEqual(warnings()[1], { lost: 7, waiting, reason: full.reason });
  world.target.failure = undefined;
});

Deno.test("BatchingSink.close() writes what is left and refuses what comes after", async () => {
  const world = open();
  world.write("one\n");
  await Promise.all([world.sink.close(), world.sink.close()]);
  assert.equal(world.target.text, "one\n");
  assert.equal(world.target.closed, true);
  world.write("two\n");
  assert.equal(world.sink.lost, 1);
  assert.equal(world.target.text, "one\n");
});

Deno.test("BatchingSink.close() writes what is said of a loss while it closes", async () => {
  const target = new ScriptedTarget();
  const sink = new BatchingSink(target, {
    log: new RecordingLog(),
    clock: () => 0,
    onLoss: (lost) => sink.write(octets(`lost ${lost}\n`)),
  });
  target.failure = full;
  for (let count = 0; count < 9; count++) sink.write(octets(mebibyte));
  await sink.flush();
  target.failure = undefined;
  await sink.close();
  assert.equal(target.text, mebibyte.repeat(8) + "lost 1\n");
  assert.equal(sink.lost, 1);
});

Deno.test("BatchingSink.close() counts what it cannot write as lost, and says so", async () => {
  const world = open({ batchBytes: 8 });
  world.target.failure = full;
  for (const line of ["1\n", "2\n", "345678\n", "9\n"]) world.write(line);
  await world.sink.close();
  assert.equal(world.sink.lost, 4);
  assert.deepEqual(world.log.entries.at(-1), {
    level: "warn",
    message: "the audit log ends without its last lines",
    properties: { lost: 4, reason: full.reason },
  });
  assert.equal(world.target.closed, true);
});

Deno.test("BatchingSink.close() does not wait for ever for a write that does not end", async () => {
  const world = open();
  const gate = Promise.withResolvers<void>();
  world.target.gate = gate.promise;
  world.write("1\n");
  await world.sink.close();
  assert.equal(world.sink.lost, 1);
  gate.resolve();
  await world.sink.flush();
});
