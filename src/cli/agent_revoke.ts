import { updateAgentRegistry } from "../ca/agent_registry_file.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { parseAgentName } from "../policy/agent_name.ts";
import { withRevoked } from "../policy/agent_registry.ts";
import { runOrComplain } from "./complain.ts";
import { writeLine } from "./write_line.ts";

/**
 * `auth-proxy agent revoke NAME`: refuses the name's token and its certificates from now on. A running
 * proxy sees that by itself and cuts the connections that are open.
 *
 * @returns The exit status.
 */
export function runAgentRevoke(name: string, { caDir }: { caDir: string }): Promise<number> {
  return runOrComplain(async () => {
    parseAgentName(name);
    await updateAgentRegistry(
      caPaths(caDir).privateFolder,
      (registry) => withRevoked(registry, name),
    );
    writeLine(Deno.stderr, `agent ${name}: revoked, its token and all its certificates`);
  });
}
