import { Command, CommanderError } from "commander";
import { defaultLimits, version } from "../app.ts";
import { limitHelp } from "../config/limit_table.ts";
import type { Flags } from "../config/read_flags.ts";
import { addAgentCommands } from "./agent_commands.ts";
import { defaultCaDir } from "./default_ca_dir.ts";
import { runStart } from "./start.ts";

/** Exit status of bad usage or a bad configuration. */
export const BAD_USAGE = 2;

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/**
 * Runs the command line.
 *
 * @param args Without the program's name.
 * @returns The exit status.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = new Command("auth-proxy")
    .description("An HTTP(S) proxy that holds the credentials so that containers need not.")
    .version(version)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "auth-proxy: ")),
    });
  const start = program.command("start", { isDefault: true })
    .description("Start the proxy (the default).")
    .option("--env-file <file>", "read secrets from a file of VARIABLE=value lines", collect, [])
    .option("--secrets-dir <dir>", "read secrets from files such as github_token", collect, [])
    .option("--config <file>", "read the configuration from a YAML file")
    .option(
      "--rule <HOST,HEADER,ENV_VAR[,FORMAT]>",
      "inject a variable into a header of a host",
      collect,
      [],
    )
    .option("--listen <host:port>", "where clients connect", "127.0.0.1:8080")
    .option("--admin <host:port>", "where the admin API is served", "127.0.0.1:8081")
    .option("--listen-tls <host:port>", "where clients connect over TLS")
    .option("--tls-clients <proof>", "what they show there: certificate or token", "certificate")
    .option("--admin-socket <path>", "serve the admin API on a unix socket too")
    .option("--ca-dir <dir>", "where the CA is kept", defaultCaDir())
    .option("--upstream-ca <file>", "trust these CAs too when connecting to services", collect, [])
    .option("--connect-to <HOST1:PORT1:HOST2:PORT2>", "connect elsewhere, as curl's", collect, [])
    .option("--allow-private <cidr>", "let unmatched destinations be in this range", collect, [])
    .option("--allow-endpoint <name>", "let clients have this credential minted", collect, [])
    .option("--agent-token-file <file>", "a token that any agent may send, under any user name")
    .option("--allow-unauthenticated", "let in clients that prove nothing", false)
    .option("--limit <NAME=VALUE>", "set a limit of those below; repeatable", collect, [])
    .option("--via <name>", "add this name to Via of what is forwarded, and refuse loops")
    .option("--drain-timeout <seconds>", "how long a stop waits for what is under way", "30")
    .option("--log-format <format>", "text or json", "text")
    .allowExcessArguments(false)
    .addHelpText("after", () => `\n${limitHelp(defaultLimits)}`)
    .action(async (flags: Flags & { config?: string }) => {
      status = await runStart(flags);
    });
  addAgentCommands(program, (result) => {
    status = result;
  });
  // It is what runs when no command is named, so its options belong on the first page.
  program.addHelpText("after", () => `\n${start.helpInformation()}\n${limitHelp(defaultLimits)}`);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : BAD_USAGE;
  }
  return status;
}
