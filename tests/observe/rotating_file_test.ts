import assert from "node:assert/strict";
import { RotatingFile } from "../../src/observe/rotating_file.ts";
import { RecordingLog } from "../support/recording_log.ts";
import { SmallDisk, smallDisks } from "../support/small_disk.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/tools.ts";

interface World extends Disposable {
  readonly file: RotatingFile;
  readonly log: RecordingLog;
  /** Moves the clock on. */
  wait(milliseconds: number): void;
  /** Writes whole lines and expects that all are written. */
  write(text: string): Promise<void>;
}

function open(path: string, options: { maxBytes?: number; keep?: number } = {}): World {
  let now = 0;
  const log = new RecordingLog();
  const file = new RotatingFile(path, {
    maxBytes: 1000,
    keep: 3,
    log,
    clock: () => now,
    ...options,
  });
  return {
    file,
    log,
    wait: (milliseconds) => void (now += milliseconds),
    write: async (text) =>
      assert.deepEqual(await file.write(octets(text)), { octets: text.length }),
    [Symbol.dispose]: () => file.close(),
  };
}

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function lines(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `{"line":${first + index}}\n`).join("");
}

Deno.test("RotatingFile loses no line of 20,000 over its rotations, and keeps as many files as it may", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("audit.jsonl");
  using world = open(path, { maxBytes: 50_000, keep: 20 });
  for (let first = 0; first < 20_000; first += 100) await world.write(lines(first, 100));
  const names = (await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name);
  const oldestFirst = names.sort((a, b) => Number(b.slice(12)) - Number(a.slice(12)));
  assert.ok(names.length > 5, "it was rotated");
  let text = "";
  for (const name of oldestFirst) {
    const part = await Deno.readTextFile(dir.join(name));
    assert.ok(part.length <= 50_000 && part.endsWith("\n"), `${name}: ${part.length} octets`);
    assert.equal((await Deno.stat(dir.join(name))).mode, 0o100600);
    text += part;
  }
  assert.equal(text, lines(0, 20_000));
});

Deno.test("RotatingFile keeps the youngest files, none more than it was told", async () => {
  for (const keep of [0, 1, 3]) {
    await using dir = await TempDir.create();
    using world = open(dir.join("log"), { maxBytes: 10, keep });
    for (let number = 0; number < 8; number++) await world.write(`line ${number}..\n`);
    const names = (await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name).sort();
    const expected = ["log", "log.1", "log.2", "log.3"].slice(0, keep + 1);
    assert.deepEqual(names, expected);
    for (const [age, name] of expected.entries()) {
      assert.equal(await Deno.readTextFile(dir.join(name)), `line ${7 - age}..\n`);
    }
  }
});

Deno.test("RotatingFile fills a file to the last octet that it may have", async () => {
  await using dir = await TempDir.create();
  using world = open(dir.join("log"), { maxBytes: 20 });
  await world.write("123456789\n");
  await world.write("123456789\n");
  assert.equal((await Deno.stat(dir.join("log"))).size, 20);
  await world.write("1\n");
  assert.equal(await Deno.readTextFile(dir.join("log")), "1\n");
});

Deno.test("RotatingFile counts what the file held before", async () => {
  await using dir = await TempDir.create();
  const path = await dir.write("log", "0123456789\n");
  using world = open(path, { maxBytes: 15 });
  await world.write("after\n");
  assert.equal(await Deno.readTextFile(path), "after\n");
  assert.equal(await Deno.readTextFile(`${path}.1`), "0123456789\n");
});

Deno.test("RotatingFile ends the line over which somebody died before it writes its own", async () => {
  await using dir = await TempDir.create();
  const path = await dir.write("log", 'whole\n{"tor');
  using world = open(path);
  await world.write("ours\n");
  assert.equal(await Deno.readTextFile(path), 'whole\n{"tor\nours\n');
});

Deno.test("RotatingFile leaves a file that was moved away or deleted for a new one", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("log");
  using world = open(path);
  await world.write("one\n");
  await Deno.rename(path, dir.join("moved"));
  world.wait(1000);
  await world.write("two\n");
  assert.equal(await Deno.readTextFile(dir.join("moved")), "one\n");
  assert.equal(await Deno.readTextFile(path), "two\n");
  await Deno.remove(path);
  world.wait(1000);
  await world.write("three\n");
  assert.equal(await Deno.readTextFile(path), "three\n");
  await Deno.remove(dir.path, { recursive: true });
  world.wait(1000);
  await world.write("four\n");
  assert.equal(await Deno.readTextFile(path), "four\n");
});

Deno.test("RotatingFile does not rotate a file again that another process has begun", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("log");
  using one = open(path, { maxBytes: 15 });
  using other = open(path, { maxBytes: 15 });
  await one.write("one......\n");
  await other.write("other....\n");
  await one.write("one again\n");
  assert.equal(await Deno.readTextFile(`${path}.1`), "one......\n");
  assert.equal(await Deno.readTextFile(path), "other....\none again\n");
  await assert.rejects(Deno.lstat(`${path}.2`), Deno.errors.NotFound);
});

Deno.test("RotatingFile writes on at the start of a file that was emptied (copytruncate)", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("log");
  using world = open(path, { maxBytes: 15 });
  await world.write("0123456789\n");
  await Deno.truncate(path);
  world.wait(1000);
  await world.write("after\n");
  assert.equal(await Deno.readTextFile(path), "after\n");
});

Deno.test("RotatingFile writes nothing through a link that was put in its place, and goes on after it", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("log");
  const victim = await dir.write("victim", "mine\n");
  using world = open(path);
  await world.write("one\n");
  await Deno.remove(path);
  await Deno.symlink(victim, path);
  world.wait(1000);
  const line = octets("two\n");
  assert.deepEqual(await world.file.write(line), { octets: 0, failure: "it is a symbolic link" });
  await Deno.remove(path);
  await world.write("two\n");
  assert.equal(await Deno.readTextFile(path), "two\n");
  assert.equal(await Deno.readTextFile(victim), "mine\n");
});

Deno.test("RotatingFile replaces a link that stands where an old file is to go", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("log");
  const victim = await dir.write("victim", "mine\n");
  await Deno.symlink(victim, `${path}.1`);
  using world = open(path, { maxBytes: 4, keep: 1 });
  await world.write("one\n");
  await world.write("two\n");
  assert.equal((await Deno.lstat(`${path}.1`)).isFile, true);
  assert.equal(await Deno.readTextFile(`${path}.1`), "one\n");
  assert.equal(await Deno.readTextFile(victim), "mine\n");
});

Deno.test("RotatingFile goes on with the file that is full where it cannot rename it", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("log");
  await Deno.mkdir(`${path}.1/in-the-way`, { recursive: true });
  using world = open(path, { maxBytes: 4, keep: 1 });
  for (const text of ["one\n", "two\n", "six\n"]) await world.write(text);
  assert.equal(await Deno.readTextFile(path), "one\ntwo\nsix\n");
  const [warning, ...others] = world.log.at("warn");
  assert.equal(warning?.message, "cannot begin a new audit file");
  assert.deepEqual(others, [], "it is not tried with every write");
  await Deno.remove(`${path}.1`, { recursive: true });
  world.wait(10_000);
  await world.write("ten\n");
  assert.equal(await Deno.readTextFile(path), "ten\n");
  assert.equal(await Deno.readTextFile(`${path}.1`), "one\ntwo\nsix\n");
});

testWith("RotatingFile leaves whole lines on a full disk, and writes the rest when there is room", {
  needs: [smallDisks],
  fn: async () => {
    await using disk = await SmallDisk.create();
    const path = `${disk.path}/log`;
    using world = open(path, { maxBytes: 1e6 });
    await disk.fill({ octets: 8192 });
    const batch = octets(lines(0, 1000));
    const { octets: written, failure } = await world.file.write(batch);
    assert.equal(failure, "no space left on the device");
    assert.ok(written > 7000 && written <= 8192, `${written} octets`);
    const text = await Deno.readTextFile(path);
    assert.equal(text.length, written);
    assert.ok(text.endsWith("}\n"), "no piece of a line is left");
    await disk.clear();
    assert.deepEqual(await world.file.write(batch.subarray(written)), {
      octets: batch.length - written,
    });
    assert.equal(await Deno.readTextFile(path), lines(0, 1000));
  },
});
