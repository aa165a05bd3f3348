import { strict as assert } from "node:assert";
import {
  checkPrivateFile,
  createPrivateFile,
  ensurePrivateFolder,
  isInsideProfile,
  PrivateFileError,
  readPrivateFile,
  writePrivateFile,
} from "../../src/ca/private_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/tools.ts";
import { assertRefused, modeOf, run, superuser } from "./support.ts";

const refused = (pattern: RegExp) => ({ type: PrivateFileError, pattern, secrets: ["hunter2"] });

Deno.test("writePrivateFile() writes mode 0600 over a file that was wider", async () => {
  await using folder = await TempDir.create();
  const path = await folder.write("token", "old", { mode: 0o644 });
  await writePrivateFile(path, "hunter2");
  assert.equal(await modeOf(path), "600");
  assert.equal(await readPrivateFile(path), "hunter2");
});

Deno.test("writePrivateFile() is never wider than 0600, at any moment and under umask 0", async () => {
  await using folder = await TempDir.create();
  const script = `
    import { writePrivateFile } from ${
    JSON.stringify(import.meta.resolve("../../src/ca/private_files.ts"))
  };
    Deno.umask(0);
    const watcher = Deno.watchFs(Deno.args[0]);
    const modes = new Set();
    const watching = (async () => {
      for await (const event of watcher) {
        for (const path of event.paths) {
          try {
            const found = Deno.lstatSync(path);
            if (found.isFile) modes.add((found.mode & 0o777).toString(8));
          } catch { /* already renamed */ }
        }
      }
    })();
    for (let i = 0; i < 50; i++) await writePrivateFile(Deno.args[0] + "/" + i, "x");
    watcher.close();
    await watching;
    for (const entry of Deno.readDirSync(Deno.args[0])) {
      modes.add((Deno.lstatSync(Deno.args[0] + "/" + entry.name).mode & 0o777).toString(8));
    }
    console.log([...modes].join());
  `;
  const file = await folder.write("script.ts", script);
  const watched = await folder.makeDir("watched");
  const { output } = await run(Deno.execPath(), { args: ["run", "-A", "--quiet", file, watched] });
  assert.equal(output.trim(), "600");
});

Deno.test("createPrivateFile() never overwrites", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("token");
  assert.equal(await createPrivateFile(path, "first"), "created");
  assert.equal(await createPrivateFile(path, "second"), "exists");
  assert.equal(await readPrivateFile(path), "first");
  assert.equal(await modeOf(path), "600");
});

Deno.test("writePrivateFile() and createPrivateFile() say in one line why they cannot write", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("missing", "token");
  const expected = refused(
    /^Cannot write the private file ".*token": no such file; make its folder/,
  );
  await assertRefused(() => writePrivateFile(path, "hunter2"), expected);
  await assertRefused(() => createPrivateFile(path, "hunter2"), expected);
});

Deno.test("readPrivateFile() and checkPrivateFile() refuse every bit for group or others", async () => {
  await using folder = await TempDir.create();
  for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666]) {
    const path = await folder.write("key", "hunter2", { mode });
    const shown = mode.toString(8);
    const expected = refused(new RegExp(`its mode ${shown} lets others at it; chmod 600 ".*key"$`));
    await assertRefused(() => readPrivateFile(path), expected);
    await assertRefused(() => checkPrivateFile(path), expected);
  }
  for (const mode of [0o600, 0o400, 0o700]) {
    const path = await folder.write("key", "hunter2", { mode });
    await checkPrivateFile(path);
    assert.equal(await readPrivateFile(path), "hunter2");
    await Deno.remove(path);
  }
});

testWith("readPrivateFile() and checkPrivateFile() refuse another user's file", {
  needs: [superuser],
  async fn() {
    await using folder = await TempDir.create();
    const path = await folder.write("key", "hunter2");
    await Deno.chown(path, 65534, 65534);
    const expected = refused(
      /belongs to user 65534, not to 0; run as its owner, or: chown 0 ".*"$/,
    );
    await assertRefused(() => readPrivateFile(path), expected);
    await assertRefused(() => checkPrivateFile(path), expected);
  },
});

Deno.test("readPrivateFile() judges what a symbolic link leads to", async () => {
  await using folder = await TempDir.create();
  const target = await folder.write("target", "hunter2", { mode: 0o644 });
  await Deno.symlink(target, folder.join("link"));
  await assertRefused(() => readPrivateFile(folder.join("link")), refused(/chmod 600/));
  await Deno.chmod(target, 0o600);
  assert.equal(await readPrivateFile(folder.join("link")), "hunter2");
});

Deno.test("readPrivateFile() refuses a folder, a FIFO and a large file, and does not wait", async () => {
  await using folder = await TempDir.create();
  await Deno.mkdir(folder.join("folder"), { mode: 0o700 });
  await assertRefused(() => readPrivateFile(folder.join("folder")), refused(/not a regular file/));
  await run("mkfifo", { args: ["-m", "600", folder.join("fifo")] });
  await assertRefused(() => readPrivateFile(folder.join("fifo")), refused(/not a regular file/));
  const large = await folder.write("large", "x".repeat(1_048_577));
  await assertRefused(() => readPrivateFile(large), refused(/larger than 1 MiB/));
});

Deno.test("readPrivateFile() gives undefined for a file that is missing; checkPrivateFile() refuses", async () => {
  await using folder = await TempDir.create();
  assert.equal(await readPrivateFile(folder.join("none")), undefined);
  await assertRefused(() => checkPrivateFile(folder.join("none")), refused(/no such file$/));
});

Deno.test("ensurePrivateFolder() makes it 0700 and its parents, and accepts it again", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("a", "b", "private");
  await ensurePrivateFolder(path);
  await ensurePrivateFolder(path);
  assert.equal(await modeOf(path), "700");
});

Deno.test("ensurePrivateFolder() refuses a wide folder, a link and a file, and changes nothing", async () => {
  await using folder = await TempDir.create();
  const wide = await folder.makeDir("wide");
  for (const mode of [0o750, 0o701, 0o777]) {
    await Deno.chmod(wide, mode);
    await assertRefused(() => ensurePrivateFolder(wide), refused(/chmod 700 ".*wide"$/));
    assert.equal(await modeOf(wide), mode.toString(8));
  }
  await Deno.mkdir(folder.join("target"), { mode: 0o700 });
  await Deno.symlink(folder.join("target"), folder.join("link"));
  await assertRefused(() => ensurePrivateFolder(folder.join("link")), refused(/not a folder/));
  const file = await folder.write("file", "x");
  await assertRefused(() => ensurePrivateFolder(file), refused(/not a folder/));
  const below = folder.join("file", "private");
  await assertRefused(
    () => ensurePrivateFolder(below),
    refused(/^Cannot create the private folder/),
  );
});

Deno.test("isInsideProfile() takes only what lies below the profile folder", () => {
  const profile = "C:\\Users\\ann";
  const inside = ["C:\\Users\\ann\\ca", "c:\\users\\ANN\\AppData\\x", "C:/Users/ann/ca"];
  const outside = [
    "C:\\Users\\ann",
    "C:\\Users\\anna\\ca",
    "C:\\Users\\ann\\..\\bob",
    "D:\\Users\\ann\\ca",
    "C:\\ca",
  ];
  for (const path of inside) assert.equal(isInsideProfile(path, profile), true, path);
  for (const path of outside) assert.equal(isInsideProfile(path, profile), false, path);
  assert.equal(isInsideProfile("C:\\ca", undefined), false);
  assert.equal(isInsideProfile("C:\\ca", ""), false);
});
