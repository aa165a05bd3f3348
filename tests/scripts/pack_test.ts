/**
 * The packed file from the outside: it starts anywhere, whole, and with nothing of its surroundings.
 *
 * @module
 */

import assert from "node:assert/strict";
import { pack } from "../../scripts/pack.ts";
import { findTool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";
import { assertRefused, assertStarted, cacheIn, namesIn, packTest } from "./pack_cases.ts";

const withBusybox = () => findTool("busybox") === undefined ? "no busybox" : undefined;

packTest(
  "makes a file that starts, and starts again, with its arguments as given",
  async (p, f) => {
    const args = ["report", "a b", "", "--", "-x", "$HOME", "*", "'\"\\\n"];
    const env = { AUTH_PROXY_CACHE_DIR: f.join("cache") };
    for (const start of ["first", "second"]) {
      const { code, stdout, stderr } = await p.start(args, { env });
      assert.deepEqual({ start, code, stderr }, { start, code: 0, stderr: "" });
      const seen = JSON.parse(stdout);
      assert.deepEqual(seen.args, args);
      assert.equal(seen.cwd, await Deno.realPath(p.emptyFolder));
    }
  },
);

packTest("leaves the umask as it was, also when it unpacks", async (p, f) => {
  const env = { AUTH_PROXY_CACHE_DIR: f.join("cache") };
  for (const start of ["first", "second"]) {
    assert.equal((await p.start(["write", f.join(start)], { env })).code, 0);
    assert.equal(((await Deno.stat(f.join(start))).mode ?? 0) & 0o777, 0o666 & ~Deno.umask());
  }
});

packTest("keeps the exit code", async (p, f) => {
  const env = { AUTH_PROXY_CACHE_DIR: f.join("cache") };
  for (const code of [7, 0, 2]) {
    assert.equal((await p.start(["exit", String(code)], { env })).code, code);
  }
});

packTest("becomes the program, so that a signal reaches it", async (p, f) => {
  const child = p.spawn(["wait"], { env: { AUTH_PROXY_CACHE_DIR: f.join("cache") } });
  const lines = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, `ready ${child.pid}\n`);
  child.kill("SIGTERM");
  assert.equal((await lines.next()).value, "SIGTERM\n");
  assert.equal((await child.status).code, 7);
});

packTest("does not unpack what is already there", async (p, f) => {
  const { root } = await cacheIn(p, f.join("cache"));
  await Deno.copyFile(p.executable, f.join("header-only"));
  await Deno.truncate(f.join("header-only"), 16384);
  const env = { AUTH_PROXY_CACHE_DIR: root };
  assertStarted(await p.start([], { env, command: f.join("header-only") }));
});

packTest("leaves what is imported lazily unevaluated until then", async (p, f) => {
  const { stdout } = await p.start(["lazy"], { env: { AUTH_PROXY_CACHE_DIR: f.join("cache") } });
  assert.equal(stdout, "before\nevaluated\nlazy\n");
});

packTest("unpacks files that only the user can read, and nobody can change", async (p, f) => {
  const root = f.join("deep/er/cache");
  assertStarted(await p.start([], { env: { AUTH_PROXY_CACHE_DIR: root } }));
  const build = `${root}/${(await namesIn(root))[0]}`;
  const modes: [string, number][] = [];
  for (const path of [root, build, ...(await namesIn(build)).map((name) => `${build}/${name}`)]) {
    modes.push([path.slice(build.length), ((await Deno.lstat(path)).mode ?? 0) & 0o7777]);
  }
  assert.deepEqual(modes.slice(1), [
    ["", 0o700],
    ["/auth-proxy", 0o500],
    ["/deno", 0o700],
    ...p.modules.map((name): [string, number] => [`/${name}`, 0o400]),
  ]);
  assert.equal(modes[0]?.[1], 0o700);
});

packTest("starts through a link, through PATH and through a shell", async (p, f) => {
  const env = { AUTH_PROXY_CACHE_DIR: f.join("cache") };
  await Deno.symlink(p.executable, f.join("link"));
  assertStarted(await p.start([], { env, command: f.join("link") }));
  const inFolder = { env, cwd: p.executable.slice(0, p.executable.lastIndexOf("/")) };
  const sh = `${p.path}/sh`;
  for (const args of [["auth-proxy"], ["./auth-proxy"], ["-c", "PATH=.:$PATH; auth-proxy"]]) {
    await Deno.remove(f.join("cache"), { recursive: true });
    assertStarted(await p.start(args, { ...inFolder, command: sh }));
  }
});

packTest("finds a place for its cache", async (p, f) => {
  const home = await f.makeDir("home");
  const xdg = await f.makeDir("xdg");
  const tmp = await f.makeDir("tmp");
  const own = f.join("own/");
  const cases: [Record<string, string>, string][] = [
    [{ HOME: home }, `${home}/.cache/auth-proxy`],
    [{ HOME: home, XDG_CACHE_HOME: xdg }, `${xdg}/auth-proxy`],
    [{ HOME: home, XDG_CACHE_HOME: "relative", TMPDIR: tmp }, `${home}/.cache/auth-proxy`],
    [{ TMPDIR: tmp }, `${tmp}/auth-proxy-${Deno.uid()}`],
    [{ HOME: "/", TMPDIR: tmp }, `${tmp}/auth-proxy-${Deno.uid()}`],
    [{ HOME: home, XDG_CACHE_HOME: xdg, AUTH_PROXY_CACHE_DIR: own }, own],
  ];
  for (const [env, root] of cases) {
    assertStarted(await p.start([], { env }));
    assert.equal((await namesIn(root)).length, 1);
    await Deno.remove(root, { recursive: true });
  }
  for (const folder of [home, xdg, tmp]) {
    for (const name of await namesIn(folder)) {
      assert.deepEqual(await namesIn(`${folder}/${name}`), []);
    }
  }
});

packTest("lets several first starts at once all succeed", async (p, f) => {
  const root = f.join("cache");
  const starts = Array.from(
    { length: 4 },
    () => p.start([], { env: { AUTH_PROXY_CACHE_DIR: root } }),
  );
  for (const finished of await Promise.all(starts)) assertStarted(finished);
  assert.equal((await namesIn(root)).length, 1);
});

packTest("starts after a first start that was killed while it unpacked", async (p, f) => {
  const root = f.join("cache");
  const env = { AUTH_PROXY_CACHE_DIR: root };
  // timeout leads a process group of its own: what the shell has started is killed with the shell.
  const timeout = findTool("timeout");
  assert.ok(timeout);
  const leader = p.spawn(["60", p.executable], { env, command: timeout });
  await waitUntil(async () => {
    const names = await namesIn(root).catch(() => []);
    return names.some((name) => name.startsWith(".unpack."));
  }, { what: "it has begun to unpack" });
  Deno.kill(-leader.pid, "SIGKILL");
  await leader.status;
  assert.equal(await new Response(leader.stdout).text(), "");
  assert.equal((await namesIn(root)).filter((name) => name.startsWith(".unpack.")).length, 1);
  assertStarted(await p.start([], { env }));
});

packTest("replaces files that a crash cut short, and adds missing ones", async (p, f) => {
  const { root, build } = await cacheIn(p, f.join("cache"));
  const { modules } = p;
  const damages: (() => Promise<void>)[] = [
    () => Deno.truncate(`${build}/auth-proxy`, 1000),
    () => Deno.truncate(`${build}/auth-proxy`, 0),
    () => Deno.remove(`${build}/auth-proxy`),
    ...modules.flatMap((name) => [
      () => Deno.truncate(`${build}/${name}`, 10),
      () => Deno.remove(`${build}/${name}`),
    ]),
    () => Deno.remove(`${build}/deno`, { recursive: true }),
    () => Deno.remove(build, { recursive: true }),
  ];
  for (const damage of damages) {
    await Deno.chmod(`${build}/auth-proxy`, 0o700);
    for (const name of modules) await Deno.chmod(`${build}/${name}`, 0o600);
    await damage();
    await Deno.chmod(`${build}/auth-proxy`, 0o500).catch(ignoreMissing);
    for (const name of modules) await Deno.chmod(`${build}/${name}`, 0o400).catch(ignoreMissing);
    const env = { AUTH_PROXY_CACHE_DIR: root };
    assert.equal((await p.start(["lazy"], { env })).stdout, "before\nevaluated\nlazy\n");
  }
});

packTest("sweeps up what killed starts left behind, but not what is fresh", async (p, f) => {
  const root = await f.makeDir("cache");
  await f.makeDir("cache/.unpack.old/x");
  await f.makeDir("cache/.unpack.new/x");
  const twoHoursAgo = new Date(Date.now() - 2 * 3600_000);
  await Deno.utime(`${root}/.unpack.old`, twoHoursAgo, twoHoursAgo);
  assertStarted(await p.start([], { env: { AUTH_PROXY_CACHE_DIR: root } }));
  assert.deepEqual((await namesIn(root)).filter((name) => name.startsWith(".")), [".unpack.new"]);
});

packTest("refuses a file with one byte changed, in the program or in the bundle", async (p, f) => {
  const size = (await Deno.stat(p.executable)).size;
  for (const position of [16384 + 5, size - 5_000_000]) {
    await Deno.copyFile(p.executable, f.join("flipped"));
    await flip(f.join("flipped"), position);
    const env = { AUTH_PROXY_CACHE_DIR: f.join(`cache-${position}`) };
    assertRefused(await p.start([], { env, command: f.join("flipped") }), /it is damaged/);
    const [build, ...others] = await namesIn(env.AUTH_PROXY_CACHE_DIR);
    assert.deepEqual(others, []);
    assert.deepEqual(await namesIn(`${env.AUTH_PROXY_CACHE_DIR}/${build}`), ["deno"]);
  }
});

packTest("refuses a cache folder that is no absolute path, or cannot be made", async (p, f) => {
  const file = await f.write("file", "");
  const cases: [string, RegExp][] = [
    ["relative/folder", /"relative\/folder": not an absolute path/],
    ["/", /not the name of a folder/],
    [`${f.path}/..`, /not the name of a folder/],
    [`${file}/below`, /Cannot make the cache folder/],
    [file, /Cannot make the cache folder/],
  ];
  for (const [root, reason] of cases) {
    assertRefused(await p.start([], { env: { AUTH_PROXY_CACHE_DIR: root } }), reason);
  }
});

packTest("takes nothing from the folders around it", async (p, f) => {
  const hostile = await f.makeDir("hostile");
  const { root } = await cacheIn(p, f.join("hostile/cache"));
  for (const folder of [hostile, root]) {
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ imports: { "node:os": "./evil.js" }, nodeModulesDir: "manual" }),
    );
    await Deno.writeTextFile(`${folder}/evil.js`, `export const EOL = "evil";`);
    await Deno.writeTextFile(`${folder}/package.json`, `{"imports":{"node:os":"./evil.js"}}`);
    await Deno.writeTextFile(`${folder}/deno.lock`, "not a lock");
    await Deno.writeTextFile(`${folder}/.npmrc`, "registry=http://127.0.0.1:9/");
    await Deno.writeTextFile(`${folder}/.env`, "EVIL=1");
  }
  const options = { env: { AUTH_PROXY_CACHE_DIR: root }, cwd: hostile };
  const finished = await p.start([], options);
  assertStarted(finished);
  assert.equal(JSON.parse(finished.stdout).env.EVIL, undefined);
});

packTest("drops what steers Deno, and keeps what may be a credential", async (p, f) => {
  const evil = await f.write("evil.cjs", `console.log("evil"); process.exit(3);`);
  const dropped = {
    NODE_OPTIONS: `--require ${evil}`,
    NODE_PATH: f.path,
    NODE_EXTRA_CA_CERTS: evil,
    NODE_CHANNEL_FD: "1",
    DENO_CERT: evil,
    DENO_TLS_CA_STORE: "system",
    DENO_V8_FLAGS: "--no-such-flag",
    DENO_AUTH_TOKENS: "x@example.com",
    DENO_A_LATER_ONE: "1",
    OTEL_DENO: "true",
    SSLKEYLOGFILE: f.join("keys"),
  };
  const kept = {
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    NODE_AUTH_TOKEN: "npm",
    DENO_DEPLOY_TOKEN: "ddp",
    GITHUB_TOKEN: "two\nlines\nexport NODE_AUTH_TOKEN=\n'\"$(id)`id`",
    MY_NODE_OPTIONS: "mine",
    HTTPS_PROXY: "http://127.0.0.1:9",
    HOME: f.path,
  };
  const env = { ...dropped, ...kept, IFS: "/", ENV: evil };
  const root = { AUTH_PROXY_CACHE_DIR: f.join("cache") };
  for (const start of ["first", "second"]) {
    const finished = await p.start([], { env: { ...env, ...root } });
    assert.deepEqual({ start, ...finished, stdout: "" }, {
      start,
      code: 0,
      stderr: "",
      stdout: "",
    });
    const seen = JSON.parse(finished.stdout).env;
    for (const [name, value] of Object.entries(dropped)) {
      assert.equal(seen[name], undefined, name);
      assert.equal(seen[`AUTH_PROXY_ASIDE_${name}`], value);
    }
    for (const [name, value] of Object.entries(kept)) {
      if (name !== "NODE_AUTH_TOKEN") assert.equal(seen[name], value);
    }
  }
});

packTest("works with BusyBox alone", async (p, f) => {
  const busybox = findTool("busybox");
  assert.ok(busybox);
  const path = await f.makeDir("bin");
  for await (const { name } of Deno.readDir(p.path)) await Deno.symlink(busybox, `${path}/${name}`);
  const { root, build } = await cacheIn(p, f.join("cache"));
  await Deno.remove(build, { recursive: true });
  const start = (args: readonly string[]) =>
    p.start([p.executable, ...args], {
      env: { PATH: path, AUTH_PROXY_CACHE_DIR: root },
      command: `${path}/sh`,
    });
  assertStarted(await start([]));
  assertStarted(await start([]));
  await Deno.chmod(build, 0o770);
  assertRefused(await start([]), /the mode of .* was changed/);
}, [withBusybox]);

packTest("refuses to pack what is no program", async (_p, f) => {
  const parts = {
    output: f.join("out"),
    program: await f.write("script", "#!/bin/sh\n"),
    modules: [await f.write("bundle.js", "")] as const,
    header: "",
    runFlags: ["--quiet"],
    version: "0",
    platform: "x",
  };
  await assert.rejects(pack(parts), /Cannot pack ".*script": not a Linux program/);
  const program = Deno.execPath();
  await assert.rejects(pack({ ...parts, program, header: "@NO_SUCH@" }), /@NO_SUCH@/);
  await assert.rejects(pack({ ...parts, program, header: "#".repeat(20_000) }), /20000 of 16384/);
  await assert.rejects(pack({ ...parts, program, version: "$(id)" }), /not plain text/);
  const strange = await f.write("$(id).js", "");
  await assert.rejects(pack({ ...parts, program, modules: [strange] }), /not a plain name/);
  assert.deepEqual(await namesIn(f.path), ["$(id).js", "bundle.js", "script"]);
});

async function flip(path: string, position: number): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  await file.seek(position, Deno.SeekMode.Start);
  await file.read(byte);
  await file.seek(position, Deno.SeekMode.Start);
  await file.write(byte.map((value) => value ^ 1));
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
