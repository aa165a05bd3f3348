import { updateAgentRegistry } from "../ca/agent_registry_file.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { tokenDigest } from "../ca/token_digest.ts";
import { generateToken } from "../ca/token_file.ts";
import { parseAgentName } from "../policy/agent_name.ts";
import { withAgent } from "../policy/agent_registry.ts";
import { runOrComplain } from "./complain.ts";
import { writeLine } from "./write_line.ts";

/**
 * `auth-proxy agent add NAME`: prints a new token, and how it stands in the proxy's URL. It is shown
 * this once; only its SHA-256 is kept. An agent that has a token gets this one in its place.
 *
 * @returns The exit status.
 */
export function runAgentAdd(name: string, { caDir }: { caDir: string }): Promise<number> {
  return runOrComplain(async () => {
    parseAgentName(name);
    const token = generateToken();
    let replaced = false;
    await updateAgentRegistry(caPaths(caDir).privateFolder, (registry) => {
      replaced = registry.agents.has(name);
      return withAgent(registry, {
        name,
        tokenSha256: tokenDigest(token).toHex(),
        created: new Date().toISOString(),
      });
    });
    writeLine(Deno.stdout, token);
    writeLine(Deno.stdout, `http://${name}:${token}@HOST:PORT`);
    writeLine(
      Deno.stderr,
      `agent ${name}: ` +
        (replaced ? "this token replaces the one before, which is revoked" : "added") +
        "; the token is not shown again",
    );
  });
}
