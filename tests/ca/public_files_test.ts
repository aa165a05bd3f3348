import { strict as assert } from "node:assert";
import { CaError } from "../../src/ca/ca_error.ts";
import {
  createPublicFile,
  ensurePublicFolder,
  readPublicFile,
  updatePublicFile,
} from "../../src/ca/public_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { assertRefused, modeOf, run } from "./support.ts";

Deno.test("ensurePublicFolder(), createPublicFile() and updatePublicFile() ignore the umask", async () => {
  await using folder = await TempDir.create();
  const script = await folder.write(
    "script.ts",
    `
    import { createPublicFile, ensurePublicFolder, updatePublicFile } from ${
      JSON.stringify(import.meta.resolve("../../src/ca/public_files.ts"))
    };
    Deno.umask(0o077);
    await ensurePublicFolder(Deno.args[0]);
    await createPublicFile(Deno.args[0] + "/a", "x");
    await updatePublicFile(Deno.args[0] + "/b", "x");
  `,
  );
  const made = folder.join("public");
  const { success, output } = await run(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, made],
  });
  assert.ok(success, output);
  assert.equal(await modeOf(made), "755");
  assert.equal(await modeOf(folder.join("public", "a")), "644");
  assert.equal(await modeOf(folder.join("public", "b")), "644");
});

Deno.test("updatePublicFile() writes only where the content differs", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("file");
  await updatePublicFile(path, "one");
  const before = await Deno.stat(path);
  await updatePublicFile(path, "one");
  assert.equal((await Deno.stat(path)).ino, before.ino);
  await updatePublicFile(path, "two");
  assert.notEqual((await Deno.stat(path)).ino, before.ino);
  assert.equal(await Deno.readTextFile(path), "two");
});

Deno.test("updatePublicFile() replaces a link planted by a container and spares its target", async () => {
  await using folder = await TempDir.create();
  const secret = await folder.write("secret", "key");
  for (const content of ["key", "roots"]) {
    const path = folder.join(`link-${content}`);
    await Deno.symlink(secret, path);
    await updatePublicFile(path, content);
    assert.equal((await Deno.lstat(path)).isFile, true);
    assert.equal(await Deno.readTextFile(secret), "key");
    assert.equal(await modeOf(secret), "600");
  }
});

Deno.test("readPublicFile() refuses a link, a FIFO, a folder and a huge file, and does not wait", async () => {
  await using folder = await TempDir.create();
  const target = await folder.write("target", "x");
  await Deno.symlink(target, folder.join("link"));
  await run("mkfifo", { args: [folder.join("fifo")] });
  await folder.makeDir("folder");
  await folder.write("huge", "x".repeat(4 * 1_048_576 + 1));
  for (const name of ["link", "fifo", "folder", "huge"]) {
    await assertRefused(() => readPublicFile(folder.join(name)), {
      type: CaError,
      pattern: /^Cannot read ".*": .*remove it$/,
    });
  }
  assert.equal(await readPublicFile(folder.join("missing")), undefined);
});

Deno.test("createPublicFile() and ensurePublicFolder() say in one line why they cannot write", async () => {
  await using folder = await TempDir.create();
  await assertRefused(() => createPublicFile(folder.join("missing", "file"), "x"), {
    type: CaError,
    pattern: /^Cannot write ".*": no such file; make its folder writable/,
  });
  await assertRefused(() => ensurePublicFolder(folder.join("missing", "folder")), {
    type: CaError,
    pattern: /^Cannot create the folder ".*": no such file/,
  });
});
