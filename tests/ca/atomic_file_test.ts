import { strict as assert } from "node:assert";
import { createFile, replaceFile } from "../../src/ca/atomic_file.ts";
import { TempDir } from "../support/temp_dir.ts";
import { modeOf, namesIn } from "./support.ts";

Deno.test("replaceFile() gives the file its mode and content and leaves nothing beside it", async () => {
  await using folder = await TempDir.create();
  const path = await folder.write("file", "old", { mode: 0o666 });
  await replaceFile(path, "new", { mode: 0o600 });
  assert.equal(await Deno.readTextFile(path), "new");
  assert.equal(await modeOf(path), "600");
  assert.deepEqual(await namesIn(folder.path), ["file"]);
});

Deno.test("replaceFile() replaces a symbolic link and leaves its target alone", async () => {
  await using folder = await TempDir.create();
  const target = await folder.write("target", "theirs");
  await Deno.symlink(target, folder.join("link"));
  await replaceFile(folder.join("link"), "ours", { mode: 0o644 });
  assert.equal(await Deno.readTextFile(target), "theirs");
  assert.equal(await modeOf(target), "600");
  assert.equal((await Deno.lstat(folder.join("link"))).isFile, true);
});

Deno.test("replaceFile() shows readers the old content or the new, never a part", async () => {
  await using folder = await TempDir.create();
  const contents = ["a".repeat(300_000), "b".repeat(200_000)] as const;
  const path = await folder.write("file", contents[0]);
  const seen = new Set<string>([contents[0]]);
  let reads = 0;
  let writing = true;
  async function read(): Promise<void> {
    for (; writing; reads++) seen.add(await Deno.readTextFile(path));
  }
  async function write(): Promise<void> {
    try {
      for (let round = 1; round < 40 || reads < 40; round++) {
        await replaceFile(path, round % 2 === 0 ? contents[0] : contents[1], { mode: 0o600 });
      }
    } finally {
      writing = false;
    }
  }
  await Promise.all([read(), write()]);
  assert.deepEqual([...seen].sort(), [...contents]);
});

Deno.test("createFile() lets exactly one of many writers win, and its file is whole", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("file");
  const writers = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(50_000));
  const outcomes = await Promise.all(
    writers.map((content) => createFile(path, content, { mode: 0o600 })),
  );
  const winners = writers.filter((_, index) => outcomes[index] === "created");
  assert.equal(winners.length, 1);
  assert.equal(await Deno.readTextFile(path), winners[0]);
  assert.deepEqual(await namesIn(folder.path), ["file"]);
});

Deno.test("createFile() and replaceFile() in a folder that is missing throw and leave nothing", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("missing", "file");
  await assert.rejects(createFile(path, "x", { mode: 0o600 }), { code: "ENOENT" });
  await assert.rejects(replaceFile(path, "x", { mode: 0o600 }), { code: "ENOENT" });
  assert.deepEqual(await namesIn(folder.path), []);
});

Deno.test("replaceFile() onto a folder throws and removes its temporary file", async () => {
  await using folder = await TempDir.create();
  await folder.makeDir("taken");
  await assert.rejects(replaceFile(folder.join("taken"), "x", { mode: 0o600 }));
  assert.deepEqual(await namesIn(folder.path), ["taken"]);
});
