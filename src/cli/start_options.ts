import type { Command } from "commander";
import { defaultLimits } from "../app.ts";
import type { Config } from "../config/config.ts";
import { readFlags } from "../config/read_flags.ts";
import type { Flags } from "../config/setting_table.ts";
import type { FileConfig } from "../config/settings.ts";
import { serviceOptions } from "../services/service_options.ts";
import type { Problem } from "../secrets/problem.ts";
import { choiceOption } from "./choice_option.ts";
import { defaultCaDir } from "./default_ca_dir.ts";

/** What the options of {@linkcode addStartOptions} come to. */
export type StartFlags = Flags & { readonly config?: string };

/** Adds one more value of an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/** Adds the options that say how the proxy runs. */
export function addStartOptions(command: Command): Command {
  return command
    .option("--env-file <file>", "read secrets from a file of VARIABLE=value lines", collect, [])
    .option("--secrets-dir <dir>", "read secrets from files such as github_token", collect, [])
    .option("--config <file>", "read the configuration from a YAML file")
    .option(
      "--rule <HOST,HEADER,ENV_VAR[,FORMAT]>",
      "inject a variable into a header of a host",
      collect,
      [],
    )
    // No defaults of commander's: the environment and the configuration file come before them.
    .option("--listen <host:port>", "where clients connect (default: 127.0.0.1:8080)")
    .option("--admin <host:port>", "where the admin API is served (default: 127.0.0.1:8081)")
    .option("--listen-tls <host:port>", "where clients connect over TLS")
    .addOption(choiceOption("--tls-clients <proof>", {
      description: "what they show there (default: certificate)",
      choices: ["certificate", "token"],
    }))
    .option(
      "--transparent <HOST:PORT=ORIGINAL-PORT>",
      "where a firewall turns connections to that were meant for this port",
      collect,
      [],
    )
    .option("--listen-name <name>", "a name that clients call the proxy by", collect, [])
    .option("--admin-socket <path>", "serve the admin API on a unix socket too")
    .option("--ca-dir <dir>", `where the CA is kept (default: ${defaultCaDir()})`)
    .option("--ca-cert <file>", "use this CA, which several proxies may share; with --ca-key")
    .option("--ca-key <file>", "the key of --ca-cert, PEM")
    .option("--upstream-ca <file>", "trust these CAs too when connecting to services", collect, [])
    .option(
      "--upstream-proxy <url>",
      "reach services through this proxy (default: HTTPS_PROXY's and HTTP_PROXY's; none: directly)",
    )
    .option("--upstream-no-proxy <hosts>", "reach these directly, as NO_PROXY", collect, [])
    .option("--upstream-proxy-hosts <hosts>", "reach only these through it", collect, [])
    .option("--connect-to <HOST1:PORT1:HOST2:PORT2>", "connect elsewhere, as curl's", collect, [])
    .option("--allow-private <cidr>", "let unmatched destinations be in this range", collect, [])
    .option("--allow-endpoint <name>", "let clients have this credential minted", collect, [])
    .option("--kubeconfig <file>", "take the clusters of a kubeconfig's contexts", collect, [])
    .option("--kube-context <name>", "a context of --kubeconfig to take", collect, [])
    .option("--talosconfig <file>", "take the clusters of a talosconfig's contexts", collect, [])
    .option("--talos-context <name>", "a context of --talosconfig to take", collect, [])
    .option("--agent-token-file <file>", "a token that any agent may send, under any user name")
    .option("--admin-token-file <file>", "the admin API's token (default: a generated one)")
    .option("--allow-unauthenticated", "let in clients that prove nothing")
    .option("--limit <NAME=VALUE>", "set a limit of those below; repeatable", collect, [])
    .option("--via <name>", "add this name to Via of what is forwarded, and refuse loops")
    .option(
      "--drain-delay <seconds>",
      "how long a stop goes on accepting, while /readyz says 503 (default: 0)",
    )
    .option(
      "--drain-timeout <seconds>",
      "how long a stop waits for what is under way (default: 30)",
    )
    .addOption(choiceOption("--log-format <format>", {
      description: "how the log is written (default: text)",
      choices: ["text", "json"],
    }))
    .option("--audit-file <file>", "write the audit log there (default: -, stderr; none: nowhere)")
    .option("--audit-required", "refuse requests while the audit log cannot be written");
}

/**
 * The configuration file: of the flag, or of the environment.
 *
 * @param environment The process environment.
 */
export function configFileOf(
  { config }: StartFlags,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  return config ?? (environment["AUTH_PROXY_CONFIG"] || undefined);
}

/**
 * Reads what the flags, the environment and the configuration file say.
 *
 * @returns The configuration, and every problem there is with it: it counts only if there is none.
 */
export async function readConfig(
  flags: StartFlags,
): Promise<{ config: Config; problems: Problem[] }> {
  const environment = Deno.env.toObject();
  const path = configFileOf(flags, environment);
  const fromFile = path === undefined ? undefined : await readFile(path);
  const { config, problems } = readFlags(flags, {
    defaultLimits,
    defaultCaDir: defaultCaDir(),
    environment,
    ...(fromFile === undefined ? {} : { file: fromFile.file }),
  });
  if (fromFile !== undefined) problems.unshift(...fromFile.problems);
  return { config, problems };
}

async function readFile(path: string): Promise<{ file: FileConfig; problems: Problem[] }> {
  const { readConfigFile } = await import("../config/config_file.ts");
  return await readConfigFile(path, serviceOptions());
}
