import assert from "node:assert/strict";
import { agentRegistryPath, updateAgentRegistry } from "../../src/ca/agent_registry_file.ts";
import type { Log } from "../../src/observe/log.ts";
import { withRevoked } from "../../src/policy/agent_registry.ts";
import { AgentRegistryWatch } from "../../src/proxy/agent_registry_watch.ts";
import { TempDir } from "../support/temp_dir.ts";
import { waitUntil } from "../support/wait_until.ts";

interface World extends AsyncDisposable {
  readonly folder: string;
  readonly watch: AgentRegistryWatch;
  /** Levels and messages of what was logged. */
  readonly logged: string[];
}

async function open(): Promise<World> {
  const dir = await TempDir.create();
  const folder = dir.join("private");
  const logged: string[] = [];
  const note = (level: string) => (message: string) => void logged.push(`${level} ${message}`);
  const log: Log = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
  const watch = await AgentRegistryWatch.open(agentRegistryPath(folder), log);
  return {
    folder,
    watch,
    logged,
    [Symbol.asyncDispose]: async () => {
      watch.close();
      await watch.refresh();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function revoke(folder: string, name: string): Promise<void> {
  await updateAgentRegistry(folder, (registry) => withRevoked(registry, name));
}

Deno.test("AgentRegistryWatch sees by itself that the file appears and changes", async () => {
  await using world = await open();
  let changes = 0;
  world.watch.onChange = () => changes++;
  assert.equal(world.watch.current.revoked.size, 0);
  for (const name of ["one", "two"]) {
    await revoke(world.folder, name);
    await waitUntil(() => world.watch.current.revoked.has(name), { what: `${name} is revoked` });
  }
  assert.equal(changes, 2);
  assert.deepEqual(world.logged, ["info agent registry read", "info agent registry read"]);
});

Deno.test("AgentRegistryWatch.refresh() has the change in force when it resolves", async () => {
  await using world = await open();
  for (let number = 0; number < 20; number++) {
    await revoke(world.folder, `agent-${number}`);
    await world.watch.refresh();
    assert.equal(world.watch.current.revoked.size, number + 1);
  }
});

const broken: [string, (path: string) => Promise<void>][] = [
  ["broken", (path) => Deno.writeTextFile(path, '{"agents":{}')],
  ["open to others", (path) => Deno.chmod(path, 0o644)],
  ["gone", (path) => Deno.remove(path)],
];

for (const [what, breakIt] of broken) {
  Deno.test(`AgentRegistryWatch keeps what it has while the file is ${what}, and says so once`, async () => {
    await using world = await open();
    await revoke(world.folder, "one");
    await world.watch.refresh();
    world.logged.length = 0;
    const path = agentRegistryPath(world.folder);
    await breakIt(path);
    for (let looks = 0; looks < 3; looks++) await world.watch.refresh();
    assert.ok(world.watch.current.revoked.has("one"));
    assert.deepEqual(world.logged, [
      "error agent registry not read, the one before stays in force",
    ]);

    await Deno.writeTextFile(path, '{"agents":{},"revoked":["two"]}', { mode: 0o600 });
    await Deno.chmod(path, 0o600);
    await world.watch.refresh();
    assert.deepEqual([...world.watch.current.revoked], ["two"]);
  });
}

Deno.test("AgentRegistryWatch.open() refuses a file that is broken", async () => {
  await using dir = await TempDir.create();
  const path = await dir.write("agents.json", "[]");
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  await assert.rejects(AgentRegistryWatch.open(path, log), /it is not an object/);
});
