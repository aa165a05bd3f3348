import assert from "node:assert/strict";
import { FileWatch, type WatchedFiles } from "../../src/app/file_watch.ts";
import { TempDir } from "../support/temp_dir.ts";
import { waitUntil } from "../support/wait_until.ts";

interface Watched extends Disposable {
  /** What the file said each time that a change was told. */
  readonly told: string[];
}

async function watch(what: WatchedFiles, file: string): Promise<Watched> {
  const told: string[] = [];
  const watch = new FileWatch(async () => {
    const seen = await FileWatch.statesOf(what);
    told.push(await Deno.readTextFile(file).catch(() => "gone"));
    watch.watch(what, seen);
  });
  watch.watch(what, await FileWatch.statesOf(what));
  watch.start();
  return { told, [Symbol.dispose]: () => watch.close() };
}

Deno.test("FileWatch tells of a file that was replaced, removed and made anew", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write("a", "one");
  using watched = await watch({ paths: [file], folders: [] }, file);
  await dir.write("b", "two");
  await Deno.rename(dir.join("b"), file);
  await waitUntil(() => watched.told.at(-1) === "two", { what: "the replacement is told" });
  await Deno.remove(file);
  await waitUntil(() => watched.told.at(-1) === "gone", { what: "the removal is told" });
  await Deno.writeTextFile(file, "three");
  await waitUntil(() => watched.told.at(-1) === "three", { what: "the new file is told" });
});

Deno.test("FileWatch waits until a file that is written to in place is the same in two looks", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write("a", "whole");
  const told: string[] = [];
  const watch = new FileWatch(async () => void told.push(await Deno.readTextFile(file)));
  const what = { paths: [file], folders: [] };
  watch.watch(what, await FileWatch.statesOf(what));
  await watch.look();
  for (const text of ["", "half", "whole again"]) {
    await Deno.writeTextFile(file, text);
    await watch.look();
    assert.deepEqual(told, []);
  }
  await watch.look();
  assert.deepEqual(told, ["whole again"]);
});

Deno.test("FileWatch tells of a file that never comes to rest, after the fourth look", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write("a", "");
  let told = 0;
  const watch = new FileWatch(() => Promise.resolve(void told++));
  const what = { paths: [file], folders: [] };
  watch.watch(what, await FileWatch.statesOf(what));
  for (let look = 1; look <= 4; look++) {
    assert.equal(told, 0);
    await Deno.writeTextFile(file, "x".repeat(look));
    await watch.look();
  }
  assert.equal(told, 1);
});

Deno.test("FileWatch tells of what is new in a folder, and is silent where nothing changes", async () => {
  await using dir = await TempDir.create();
  const folder = await dir.makeDir("folder");
  await Deno.writeTextFile(`${folder}/a`, "one");
  const what = { paths: [], folders: [folder] };
  let told = 0;
  const quiet = new FileWatch(() => Promise.resolve(void told++));
  quiet.watch(what, await FileWatch.statesOf(what));
  for (let look = 0; look < 5; look++) await quiet.look();
  assert.equal(told, 0);
  using watched = await watch(what, `${folder}/b`);
  await Deno.writeTextFile(`${folder}/b`, "two");
  await waitUntil(() => watched.told.at(-1) === "two", { what: "the new file is told" });
});

Deno.test("FileWatch.statesSince() keeps what was seen, so that a change in between is one", async () => {
  await using dir = await TempDir.create();
  const known = await dir.write("known", "one");
  const seen = await FileWatch.statesOf({ paths: [known], folders: [] });
  await Deno.writeTextFile(known, "changed");
  const added = await dir.write("added", "one");
  const what = { paths: [known, added], folders: [] };
  const since = await FileWatch.statesSince(seen, what);
  const now = await FileWatch.statesOf(what);
  assert.equal(since.get(known), seen.get(known));
  assert.notEqual(since.get(known), now.get(known));
  assert.equal(since.get(added), now.get(added));
});
