import assert from "node:assert/strict";
import { ForeignFileError, isSameFile, openOwnFile } from "../../src/observe/own_file.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";

const encoder = new TextEncoder();

async function append(path: string, text: string): Promise<void> {
  using file = await openOwnFile(path);
  await file.write(encoder.encode(text));
}

Deno.test("openOwnFile() makes the file for its owner alone, and its folder too", async () => {
  await using dir = await TempDir.create();
  const path = dir.join("a", "b", "audit.jsonl");
  await append(path, "x\n");
  assert.equal((await Deno.stat(path)).mode, 0o100600);
  assert.equal((await Deno.stat(dir.join("a", "b"))).mode, 0o040700);
  assert.equal(await Deno.readTextFile(path), "x\n");
});

Deno.test("openOwnFile() appends to a file that is there, and leaves its mode to the operator", async () => {
  await using dir = await TempDir.create();
  const path = await dir.write("audit.jsonl", "old\n", { mode: 0o640 });
  await append(path, "new\n");
  assert.equal(await Deno.readTextFile(path), "old\nnew\n");
  assert.equal((await Deno.stat(path)).mode, 0o100640);
});

Deno.test("openOwnFile() follows no link, whether it leads to a file, to nothing or to a folder", async () => {
  await using dir = await TempDir.create();
  const victim = await dir.write("victim", "mine\n");
  const absent = dir.join("absent");
  for (const target of [victim, absent, await dir.makeDir("folder")]) {
    const link = dir.join("link");
    await Deno.symlink(target, link);
    await assert.rejects(openOwnFile(link), new ForeignFileError("it is a symbolic link"));
    await Deno.remove(link);
  }
  assert.equal(await Deno.readTextFile(victim), "mine\n");
  await assert.rejects(Deno.lstat(absent), Deno.errors.NotFound);
});

Deno.test("openOwnFile() opens neither a folder nor a device", async () => {
  await using dir = await TempDir.create();
  for (const path of [await dir.makeDir("folder"), "/dev/null"]) {
    await assert.rejects(openOwnFile(path), new ForeignFileError("it is not a regular file"));
  }
});

testWith("openOwnFile() does not wait on a FIFO", {
  needs: [tool("mkfifo")],
  fn: async () => {
    await using dir = await TempDir.create();
    const path = dir.join("fifo");
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await assert.rejects(openOwnFile(path), new ForeignFileError("it is not a regular file"));
  },
});

testWith("openOwnFile() refuses another user's file", {
  needs: [() => Deno.uid() === 0 ? undefined : "it takes root to make one"],
  fn: async () => {
    await using dir = await TempDir.create();
    const path = await dir.write("audit.jsonl", "");
    await Deno.chown(path, 12_345, null);
    await assert.rejects(openOwnFile(path), new ForeignFileError("it belongs to user 12345"));
  },
});

Deno.test("isSameFile() goes by the file and not by its name", async () => {
  await using dir = await TempDir.create();
  const [one, other] = [await dir.write("one", ""), await dir.write("other", "")];
  await Deno.link(one, dir.join("again"));
  const info = await Deno.stat(one);
  assert.equal(isSameFile(info, await Deno.stat(dir.join("again"))), true);
  assert.equal(isSameFile(info, await Deno.stat(other)), false);
});
