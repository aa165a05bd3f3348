import assert from "node:assert/strict";
import {
  agentRegistryPath,
  readAgentRegistry,
  updateAgentRegistry,
} from "../../src/ca/agent_registry_file.ts";
import { PrivateFileError } from "../../src/ca/private_files.ts";
import { withAgent, withRevoked } from "../../src/policy/agent_registry.ts";
import { TempDir } from "../support/temp_dir.ts";
import { modeOf, namesIn } from "./support.ts";

const agent = { tokenSha256: "a".repeat(64), created: "2026-11-24T10:00:00.000Z" };

Deno.test("readAgentRegistry() finds none before the first agent", async () => {
  await using folder = await TempDir.create();
  assert.equal(await readAgentRegistry(folder.join("agents.json")), undefined);
});

Deno.test("updateAgentRegistry() makes the private folder and a file for the owner alone", async () => {
  await using folder = await TempDir.create();
  const privateFolder = folder.join("ca", "private");
  await updateAgentRegistry(privateFolder, (registry) => withRevoked(registry, "old"));
  assert.equal(await modeOf(privateFolder), "700");
  assert.deepEqual(await namesIn(privateFolder), ["agents.json", "agents.lock"]);
  for (const name of await namesIn(privateFolder)) {
    assert.equal(await modeOf(`${privateFolder}/${name}`), "600", name);
  }
  const read = await readAgentRegistry(agentRegistryPath(privateFolder));
  assert.deepEqual([...read?.revoked ?? []], ["old"]);
});

Deno.test("updateAgentRegistry() loses no update of 30 that run at once", async () => {
  await using folder = await TempDir.create();
  const privateFolder = folder.join("private");
  const names = Array.from({ length: 30 }, (_, number) => `agent-${number}`);
  await Promise.all(
    names.map((name) =>
      updateAgentRegistry(privateFolder, (registry) => withAgent(registry, { name, ...agent }))
    ),
  );
  const read = await readAgentRegistry(agentRegistryPath(privateFolder));
  assert.deepEqual([...read?.agents.keys() ?? []].sort(), names.sort());
});

Deno.test("updateAgentRegistry() leaves the file as it is if the change throws, and lets others at it", async () => {
  await using folder = await TempDir.create();
  const privateFolder = folder.join("private");
  await updateAgentRegistry(privateFolder, (registry) => withRevoked(registry, "old"));
  const path = agentRegistryPath(privateFolder);
  const before = await Deno.readTextFile(path);
  await assert.rejects(
    updateAgentRegistry(
      privateFolder,
      (registry) => withAgent(registry, { name: "old", ...agent }),
    ),
    /has been revoked/,
  );
  assert.equal(await Deno.readTextFile(path), before);
  await updateAgentRegistry(privateFolder, (registry) => withRevoked(registry, "older"));
  assert.deepEqual([...(await readAgentRegistry(path))?.revoked ?? []], ["old", "older"]);
});

Deno.test("updateAgentRegistry() does not replace a file that it cannot read", async () => {
  await using folder = await TempDir.create();
  await Deno.chmod(folder.path, 0o700);
  const path = await folder.write("agents.json", '{"agents":{');
  await assert.rejects(
    updateAgentRegistry(folder.path, (registry) => registry),
    (error: unknown) => error instanceof PrivateFileError && /it is not JSON/.test(error.message),
  );
  assert.equal(await Deno.readTextFile(path), '{"agents":{');
});

Deno.test("readAgentRegistry() refuses a file that others may read", async () => {
  await using folder = await TempDir.create();
  const path = await folder.write("agents.json", '{"agents":{},"revoked":[]}', { mode: 0o644 });
  await assert.rejects(readAgentRegistry(path), PrivateFileError);
});
