/**
 * The agent registry on disk: `private/agents.json`, written by `auth-proxy agent` and by the running
 * proxy, read again by the running proxy whenever it changes.
 *
 * @module
 */
import { join } from "node:path";
import {
  type AgentRegistry,
  emptyRegistry,
  formatAgentRegistry,
  parseAgentRegistry,
} from "../policy/agent_registry.ts";
import { fileLock } from "./file_lock.ts";
import {
  ensurePrivateFolder,
  PrivateFileError,
  readPrivateFile,
  writePrivateFile,
} from "./private_files.ts";

/** Where the registry lies in the private folder of a `--ca-dir`. */
export function agentRegistryPath(privateFolder: string): string {
  return join(privateFolder, "agents.json");
}

/**
 * Reads the registry.
 *
 * @returns `undefined` if there is no file: no agent has been added yet.
 * @throws {PrivateFileError} If it cannot be read, others can, or it is not a registry.
 */
export async function readAgentRegistry(path: string): Promise<AgentRegistry | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  try {
    return parseAgentRegistry(text);
  } catch (error) {
    throw new PrivateFileError(
      `Cannot use the agent registry ${JSON.stringify(path)}: ${(error as Error).message}; ` +
        "mend it, or restore it from a backup",
    );
  }
}

/**
 * Changes the registry in one step, however many processes do so at once: each change is made to what
 * the one before it has left. The private folder is made if it does not exist.
 *
 * @param change From the registry as it is to what it is to be; may throw, and nothing is written.
 * @returns What `change` returned.
 * @throws {PrivateFileError} If it cannot be read or written.
 */
export async function updateAgentRegistry(
  privateFolder: string,
  change: (registry: AgentRegistry) => AgentRegistry,
): Promise<AgentRegistry> {
  await ensurePrivateFolder(privateFolder);
  const path = agentRegistryPath(privateFolder);
  // A file of its own: the registry is replaced under the lock, and with it what would be locked.
  using _lock = await fileLock(join(privateFolder, "agents.lock"));
  const changed = change(await readAgentRegistry(path) ?? emptyRegistry);
  await writePrivateFile(path, formatAgentRegistry(changed));
  return changed;
}
