import { resolve } from "node:path";
import type { Command } from "commander";
import { runAgentAdd } from "./agent_add.ts";
import { runAgentList } from "./agent_list.ts";
import { runAgentRevoke } from "./agent_revoke.ts";
import { runClientCert } from "./client_cert.ts";
import { defaultCaDir } from "./default_ca_dir.ts";

/**
 * Adds `agent add`, `agent revoke`, `agent list` and `client-cert` to the command line.
 *
 * @param report Is given the exit status of what was run.
 */
export function addAgentCommands(program: Command, report: (status: number) => void): void {
  // As for the proxy itself: in its container the variable says where.
  const directory = Deno.env.get("AUTH_PROXY_CA_DIR") || defaultCaDir();
  const caDir = ["--ca-dir <dir>", "where the CA is kept", directory] as const;
  const agent = program.command("agent").description("Say who may use the proxy.");
  agent.command("add <name>")
    .description("Print a new token for an agent; the one that it had is revoked.")
    .option(...caDir)
    .allowExcessArguments(false)
    .action(async (name: string, flags: { caDir: string }) => {
      report(await runAgentAdd(name, { caDir: resolve(flags.caDir) }));
    });
  agent.command("revoke <name>")
    .description("Refuse an agent's token and certificates for good, and cut its connections.")
    .option(...caDir)
    .allowExcessArguments(false)
    .action(async (name: string, flags: { caDir: string }) => {
      report(await runAgentRevoke(name, { caDir: resolve(flags.caDir) }));
    });
  agent.command("list")
    .description("List the agents that were added and revoked.")
    .option("--json", "as JSON")
    .option(...caDir)
    .allowExcessArguments(false)
    .action(async (flags: { caDir: string; json?: boolean }) => {
      report(await runAgentList({ ...flags, caDir: resolve(flags.caDir) }));
    });
  program.command("client-cert <name>")
    .description("Write a certificate by which an agent proves who it is at --listen-tls.")
    .option("--out <dir>", "the folder for NAME.pem and NAME-key.pem", ".")
    .option("--days <number>", "how long it is valid", "90")
    .option(...caDir)
    .allowExcessArguments(false)
    .action(async (name: string, flags: { caDir: string; out: string; days: string }) => {
      report(await runClientCert(name, { ...flags, caDir: resolve(flags.caDir) }));
    });
}
