import assert from "node:assert/strict";
import { readSecretFiles } from "../../src/secrets/secret_files.ts";

const isWanted = (name: string) => name.endsWith("_TOKEN");
const posix = Deno.build.os !== "windows";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function write(path: string, text: string | Uint8Array, mode = 0o600): Promise<string> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  await Deno.writeFile(path, bytes);
  if (posix) await Deno.chmod(path, mode);
  return path;
}

function readEnvFiles(...envFiles: string[]) {
  return readSecretFiles({ envFiles, secretsDirs: [], isWanted });
}

function readDirs(...secretsDirs: string[]) {
  return readSecretFiles({ envFiles: [], secretsDirs, isWanted });
}

Deno.test("readSecretFiles() reads env files in their order", () =>
  withFolder(async (folder) => {
    const one = await write(`${folder}/1.env`, "A_TOKEN=1");
    const two = await write(`${folder}/2.env`, "A_TOKEN=2");
    const { texts, problems, warnings } = await readEnvFiles(one, two);
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, []);
    assert.deepEqual(texts.envFiles, [
      { path: one, text: "A_TOKEN=1" },
      { path: two, text: "A_TOKEN=2" },
    ]);
  }));

Deno.test("readSecretFiles() says in one line what is wrong with an env file", () =>
  withFolder(async (folder) => {
    const binary = await write(`${folder}/binary`, new Uint8Array([0x41, 0x3d, 0xff, 0xfe]));
    const long = await write(`${folder}/long`, "#".repeat(1024 * 1024 + 1));
    const exact = await write(`${folder}/exact`, "#".repeat(1024 * 1024));
    const { problems } = await readEnvFiles(`${folder}/nowhere`, folder, binary, long, exact);
    assert.deepEqual(problems.map(({ where }) => where), [
      `--env-file ${folder}/nowhere`,
      `--env-file ${folder}`,
      `--env-file ${binary}`,
      `--env-file ${long}`,
    ]);
    const expected = [/no such file/, /folder/, /UTF-8/, /longer than 1024 KiB/];
    problems.forEach(({ message }, index) => assert.match(message, expected[index] ?? /^$/));
  }));

Deno.test({
  name: "readSecretFiles() reads an env file from a pipe",
  ignore: !posix,
  fn: () =>
    withFolder(async (folder) => {
      const path = `${folder}/pipe`;
      const made = await new Deno.Command("mkfifo", { args: [path] }).output();
      assert.ok(made.success);
      const [read] = await Promise.all([
        readEnvFiles(path),
        Deno.writeTextFile(path, "A_TOKEN=1"),
      ]);
      assert.deepEqual(read.texts.envFiles, [{ path, text: "A_TOKEN=1" }]);
      assert.deepEqual(read.warnings, []);
    }),
});

Deno.test("readSecretFiles() reads the wanted files of a folder and no others", () =>
  withFolder(async (folder) => {
    await write(`${folder}/a_token`, "a\n");
    await write(`${folder}/.b_token`, "b");
    await write(`${folder}/keystore`, new Uint8Array([0xff]));
    await Deno.mkdir(`${folder}/c_token`);
    const { texts, problems } = await readDirs(folder);
    assert.deepEqual(problems, []);
    assert.deepEqual(texts.secretsDirs, [{
      path: folder,
      files: [{ name: "a_token", path: `${folder}/a_token`, text: "a\n" }],
    }]);
  }));

Deno.test({
  name: "readSecretFiles() follows the links of a Kubernetes volume",
  ignore: !posix,
  fn: () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/..2026_11_24`);
      await write(`${folder}/..2026_11_24/a_token`, "a");
      await Deno.symlink("..2026_11_24", `${folder}/..data`);
      await Deno.symlink("..data/a_token", `${folder}/a_token`);
      const { texts, problems } = await readDirs(folder);
      assert.deepEqual(problems, []);
      assert.deepEqual(texts.secretsDirs[0]?.files.map(({ text }) => text), ["a"]);
    }),
});

Deno.test({
  name: "readSecretFiles() reports a folder's files that cannot be read, and opens no pipe",
  ignore: !posix,
  fn: () =>
    withFolder(async (folder) => {
      await write(`${folder}/a_token`, "x".repeat(64 * 1024 + 1));
      await write(`${folder}/b_token`, "x".repeat(64 * 1024));
      await write(`${folder}/c_token`, new Uint8Array([0xc3, 0x28]));
      await Deno.symlink("nowhere", `${folder}/d_token`);
      await new Deno.Command("mkfifo", { args: [`${folder}/e_token`] }).output();
      const { texts, problems } = await readDirs(folder, `${folder}/nowhere`, `${folder}/b_token`);
      assert.deepEqual(texts.secretsDirs[0]?.files.map(({ name }) => name), ["b_token"]);
      assert.deepEqual(problems.map(({ message }) => message.split(":")[0]), [
        "Cannot read a_token",
        "Cannot read c_token",
        "Cannot read d_token",
        "Cannot read the folder",
        "Cannot read the folder",
      ]);
    }),
});

Deno.test({
  name: "readSecretFiles() warns of files that others may read, and reads them",
  ignore: !posix,
  fn: () =>
    withFolder(async (folder) => {
      const env = await write(`${folder}/x.env`, "A_TOKEN=1", 0o640);
      await Deno.mkdir(`${folder}/secrets`, { mode: 0o755 });
      await write(`${folder}/secrets/a_token`, "a", 0o604);
      await write(`${folder}/secrets/b_token`, "b", 0o600);
      const paths = { envFiles: [env], secretsDirs: [`${folder}/secrets`], isWanted };
      const { texts, warnings } = await readSecretFiles(paths);
      assert.equal(texts.secretsDirs[0]?.files.length, 2);
      assert.deepEqual(warnings, [
        {
          where: `--env-file ${env}`,
          message: `Other users of this machine may read it: chmod 600 ${env}`,
        },
        {
          where: `--secrets-dir ${folder}/secrets`,
          message: `Other users of this machine may read a_token: chmod 700 ${folder}/secrets`,
        },
      ]);
      await Deno.chmod(`${folder}/secrets`, 0o700);
      assert.equal((await readSecretFiles(paths)).warnings.length, 1);
    }),
});
