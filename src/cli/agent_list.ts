import { textTable } from "../admin/text_table.ts";
import { agentRegistryPath, readAgentRegistry } from "../ca/agent_registry_file.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { emptyRegistry } from "../policy/agent_registry.ts";
import { runOrComplain } from "./complain.ts";
import { writeLine } from "./write_line.ts";

/**
 * `auth-proxy agent list`: the agents that were added and revoked, as a table or as JSON.
 *
 * @returns The exit status.
 */
export function runAgentList(
  { caDir, json = false }: { caDir: string; json?: boolean },
): Promise<number> {
  return runOrComplain(async () => {
    const path = agentRegistryPath(caPaths(caDir).privateFolder);
    const { agents, revoked } = await readAgentRegistry(path) ?? emptyRegistry;
    const names = [...new Set([...agents.keys(), ...revoked])].sort();
    const list = names.map((name) => {
      const created = agents.get(name)?.created;
      return { name, revoked: revoked.has(name), ...(created === undefined ? {} : { created }) };
    });
    if (json) return writeLine(Deno.stdout, JSON.stringify({ agents: list }));
    const rows = list.map((agent) => [
      agent.name,
      agent.revoked ? "revoked" : "active",
      agent.created ?? "",
    ]);
    writeLine(Deno.stdout, textTable([["AGENT", "STATE", "CREATED"], ...rows]).trimEnd());
  });
}
