/**
 * scripts/deno: which Deno it takes, and how it gets one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TempDir } from "../support/temp_dir.ts";
import { findTool, testWith } from "../support/tools.ts";

const bootstrap = new URL("../../scripts/deno", import.meta.url).pathname;
const pinned = /^version=(.*)$/m.exec(await Deno.readTextFile(bootstrap))?.[1];

const withNpm = () => findTool("npm") === undefined ? "no npm" : undefined;
const onLinux64 = () =>
  Deno.build.target === "x86_64-unknown-linux-gnu" ? undefined : "the hash is Linux x86-64's";

/** What the script calls, and nothing else. */
const tools = await linkTools();
Deno.test.afterAll(() => tools[Symbol.asyncDispose]());

async function linkTools(): Promise<TempDir> {
  const folder = await TempDir.create();
  for (
    const name of ["sh", "dd", "tr", "uname", "mkdir", "mktemp", "mv", "rm", "chmod", "sha256sum"]
  ) {
    const target = findTool(name);
    assert.ok(target, name);
    await Deno.symlink(target, folder.join(name));
  }
  return folder;
}

/** Runs `command` with the arguments where PATH has the folder `bin` and the tools. */
async function run(
  folder: TempDir,
  options: {
    readonly args: readonly string[];
    readonly command?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(options.command ?? bootstrap, {
    args: [...options.args],
    clearEnv: true,
    cwd: options.cwd ?? folder.path,
    env: { PATH: `${folder.join("bin")}:${tools.path}`, HOME: folder.path, ...options.env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A Deno of that version on PATH, which prints its arguments, one a line. */
async function putDeno(folder: TempDir, version: string): Promise<void> {
  await folder.makeDir("bin");
  const path = folder.join("bin/deno");
  await folder.write(
    "bin/deno",
    `#!/bin/sh
case $1 in
  --version) echo "deno ${version} (stable, release, x)"; echo "v8 1.2.3" ;;
  eval) echo "${path}" ;;
  *) printf '%s\\n' "on PATH" "$@"; exit 5 ;;
esac
`,
    { mode: 0o755 },
  );
}

for (const version of ["2.9.0", "2.9.6", "2.10.0", "2.11.3-rc.1", "3.0.0", "10.1.0"]) {
  Deno.test(`scripts/deno takes Deno ${version} from PATH`, async () => {
    await using folder = await TempDir.create();
    await putDeno(folder, version);
    const args = ["task", "a b", "", "--", "$x"];
    const { code, stdout, stderr } = await run(folder, { args });
    assert.deepEqual({ code, stdout, stderr }, {
      code: 5,
      stdout: ["on PATH", ...args].map((arg) => `${arg}\n`).join(""),
      stderr: "",
    });
  });
}

for (const version of ["2.8.9", "1.46.3", "0.99.0", "2", "", "new"]) {
  Deno.test(`scripts/deno does not take Deno "${version}" from PATH`, async () => {
    await using folder = await TempDir.create();
    await putDeno(folder, version);
    const { code, stdout, stderr } = await run(folder, { args: ["x"] });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.equal(
      stderr,
      `Cannot install Deno ${pinned}: npm is not on PATH. ` +
        "Install Node.js with npm, or Deno 2.9 or newer\n",
    );
  });
}

Deno.test("scripts/deno does not take itself, nor a Deno that does not run", async () => {
  await using folder = await TempDir.create();
  await folder.makeDir("bin");
  await Deno.symlink(bootstrap, folder.join("bin/deno"));
  const itself = await run(folder, { args: ["x"], command: folder.join("bin/deno") });
  assert.match(itself.stderr, /^Cannot install .* npm is not on PATH/);
  await Deno.remove(folder.join("bin/deno"));
  await folder.write("bin/deno", "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  assert.match(
    (await run(folder, { args: ["x"] })).stderr,
    /^Cannot install .* npm is not on PATH/,
  );
});

Deno.test("scripts/deno works through a link and from any folder", async () => {
  await using folder = await TempDir.create();
  await putDeno(folder, "2.9.6");
  await Deno.symlink(bootstrap, folder.join("link"));
  const { code, stdout } = await run(folder, {
    args: ["x"],
    command: folder.join("link"),
    cwd: "/",
  });
  assert.deepEqual({ code, stdout }, { code: 5, stdout: "on PATH\nx\n" });
});

Deno.test("scripts/deno takes the one it has installed before", async () => {
  await using folder = await TempDir.create();
  await folder.makeDir(`.cache/auth-proxy/deno-${pinned}`);
  const path = `.cache/auth-proxy/deno-${pinned}/deno`;
  await folder.write(path, `#!/bin/sh\necho installed "$@"\n`, { mode: 0o755 });
  assert.equal((await run(folder, { args: ["x"] })).stdout, "installed x\n");
  await Deno.rename(folder.join(".cache"), folder.join("other"));
  const env = { XDG_CACHE_HOME: folder.join("other") };
  assert.equal((await run(folder, { args: ["x"], env })).stdout, "installed x\n");
});

Deno.test("scripts/deno says so when it has no place to install to", async () => {
  await using folder = await TempDir.create();
  const { code, stderr } = await run(folder, { args: ["x"], env: { HOME: "" } });
  assert.equal(code, 1);
  assert.equal(stderr, `Cannot install Deno ${pinned}: neither HOME nor XDG_CACHE_HOME is set\n`);
});

testWith("scripts/deno refuses a program with another hash, and leaves nothing of it", {
  needs: [onLinux64],
  fn: async () => {
    await using folder = await TempDir.create();
    await folder.makeDir("bin");
    const npm = `#!/bin/sh
mkdir -p node_modules/@deno/linux-x64-glibc
printf '#!/bin/sh\\necho "deno ${pinned} (x)"\\n' >node_modules/@deno/linux-x64-glibc/deno
`;
    await folder.write("bin/npm", npm, { mode: 0o755 });
    const { code, stdout, stderr } = await run(folder, { args: ["x"] });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.equal(
      stderr,
      `Cannot install Deno ${pinned}: the program's SHA-256 is not the pinned one\n`,
    );
    const cache = folder.join(`.cache/auth-proxy/deno-${pinned}`);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(cache)), []);
  },
});

testWith("scripts/deno shows what npm says when it fails", {
  needs: [],
  fn: async () => {
    await using folder = await TempDir.create();
    await folder.makeDir("bin");
    await folder.write("bin/npm", "#!/bin/sh\necho 'npm error E404' >&2\nexit 1\n", {
      mode: 0o755,
    });
    const { code, stderr } = await run(folder, { args: ["x"] });
    assert.equal(code, 1);
    assert.equal(stderr, `Cannot install Deno ${pinned}: npm failed\nnpm error E404\n`);
  },
});

testWith("scripts/deno installs the pinned Deno, also when two start at once", {
  needs: [withNpm],
  fn: async () => {
    await using folder = await TempDir.create();
    // Without a Deno on PATH, but with npm and the Node.js that runs it.
    const path = (Deno.env.get("PATH") ?? "").split(":").filter((entry) => {
      try {
        return !Deno.statSync(`${entry}/deno`).isFile;
      } catch {
        return true;
      }
    }).join(":");
    const env = { ...Deno.env.toObject(), PATH: path, HOME: folder.path, XDG_CACHE_HOME: "" };
    const runs = await Promise.all([1, 2].map(() => run(folder, { args: ["--version"], env })));
    for (const { code, stdout, stderr } of runs) {
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.match(stdout, new RegExp(`^deno ${RegExp.escape(pinned ?? "")} `));
    }
    const cache = folder.join(`.cache/auth-proxy/deno-${pinned}`);
    const names = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name);
    assert.deepEqual(names, ["deno"]);
  },
});
