import { Command, CommanderError, type Option } from "commander";
import { defaultLimits, version } from "../app.ts";
import { limitHelp } from "../config/limit_table.ts";
import { addAgentCommands } from "./agent_commands.ts";
import { choiceOption } from "./choice_option.ts";
import { runConfig, runSchema } from "./config.ts";
import { type CheckFlags, runCheck } from "./check.ts";
import { type DoctorFlags, runDoctor } from "./doctor.ts";
import { type ExplainFlags, runExplain } from "./explain.ts";
import { type LearnFlags, runLearn } from "./learn.ts";
import { addDocumentCommands } from "./document_commands.ts";
import { runTest } from "./test.ts";
import { FAILED } from "./complain.ts";
import { environmentFormats } from "../clients/environment_formats.ts";
import { type ContextConfigFlags, runContextConfig } from "./context_config.ts";
import { type EnvFlags, runEnv } from "./env.ts";
import { runRun } from "./run.ts";
import { runStart } from "./start.ts";
import { addStartOptions, collect, type StartFlags } from "./start_options.ts";

/**
 * Runs the command line.
 *
 * @param args Without the program's name.
 * @returns The exit status.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const { program, status } = createProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : FAILED;
  }
  return status();
}

/** The definition of the command line, and the exit status of what it has run. */
export function createProgram(): { program: Command; status(): number } {
  let status = 0;
  const program = new Command("auth-proxy")
    .description("An HTTP(S) proxy that holds the credentials so that containers need not.")
    .version(version)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "auth-proxy: ")),
    });
  const start = addStartOptions(
    program.command("start", { isDefault: true }).description("Start the proxy (the default)."),
  )
    .allowExcessArguments(false)
    .addHelpText("after", () => `\n${limitHelp(defaultLimits)}`)
    .action(async (flags: StartFlags) => {
      status = await runStart(flags);
    });
  addStartOptions(
    program.command("run").description(
      "Run a program behind a proxy: without the credentials, with placeholders in their place.",
    ),
  )
    .argument("<command...>", "the program and its arguments, after --")
    .addHelpText(
      "after",
      "\nStarts a proxy on a free port; without credentials and options it uses the one that runs.\n" +
        "The program is helped, not confined: as the same user it could read what the proxy reads.",
    )
    .action(async (command: string[], flags: StartFlags) => {
      status = await runRun(command, flags);
    });
  addStartOptions(
    program.command("env").description(
      "Print what a client's environment needs, for a proxy " +
        "that is started with the same options.",
    ),
  )
    .addOption(choiceOption("--format <format>", {
      description: "how it is written",
      choices: environmentFormats,
      defaultValue: "sh",
    }))
    .option("--proxy-url <url>", "what clients reach the proxy by, agent and token included")
    .option("--public-dir <dir>", "where clients see the CA's public folder")
    .allowExcessArguments(false)
    .action(async (flags: EnvFlags) => {
      status = await runEnv(flags);
    });
  addStartOptions(
    program.command("kubeconfig").description(
      "Print a kubeconfig without credentials for clients of a proxy with these options.",
    ),
  )
    .option(
      "--proxy-url <url>",
      "what clients reach the proxy by, agent and token included; default: their environment",
    )
    .allowExcessArguments(false)
    .action(async (flags: ContextConfigFlags) => {
      status = await runContextConfig("kubeconfig", flags);
    });
  addStartOptions(
    program.command("talosconfig").description(
      "Print a talosconfig without credentials for clients of a proxy with these options.",
    ),
  )
    .allowExcessArguments(false)
    .action(async (flags: ContextConfigFlags) => {
      status = await runContextConfig("talosconfig", flags);
    });
  addStartOptions(
    program.command("config").description(
      "Print what flags, environment and file come to, and where each value is from.",
    ),
  )
    .allowExcessArguments(false)
    .action(async (flags: StartFlags) => {
      status = await runConfig(flags);
    });
  addStartOptions(
    program.command("explain <method> <url>").description(
      "Say what would become of a request, and why.",
    ),
  )
    .option("--agent <name>", "who asks; nobody in particular if not given")
    .option("--header <NAME: VALUE>", "a header of the request; repeatable", collect, [])
    .addOption(textOrJson())
    .action(async (method: string, url: string, flags: ExplainFlags) => {
      status = await runExplain({ method, url }, flags);
    });
  addStartOptions(
    program.command("test <file>").description(
      "Hold a file of requests and expected decisions against the configuration.",
    ),
  )
    .addHelpText("after", "\nExits 0 if every expectation holds, 1 if not, 2 on a bad file.")
    .action(async (file: string, flags: StartFlags) => {
      status = await runTest(file, flags);
    });
  addStartOptions(
    program.command("check").description(
      "Say what is wrong with the configuration, and what may be, without starting.",
    ),
  )
    .option("--strict", "fail on warnings too", false)
    .addOption(textOrJson())
    .addHelpText("after", "\nExits 0, or 2 if there is an error (with --strict: or a warning).")
    .action(async (flags: CheckFlags) => {
      status = await runCheck(flags);
    });
  addStartOptions(
    program.command("doctor").description(
      "Say what is wrong on this machine, and what mends it: ports, files, CA, clock, services.",
    ),
  )
    .option("--format <format>", "text or json", "text")
    .addHelpText(
      "after",
      "\nExits 0, or 1 if something is broken. No credential is sent. In a container:\n" +
        "  curl http://PROXY:8080/.well-known/auth-proxy/doctor.sh | sh",
    )
    .action(async (flags: DoctorFlags) => {
      status = await runDoctor(flags);
    });
  program.command("learn")
    .description("Write the least policy that allows what audit logs have recorded.")
    .argument("<audit-file...>", "files of the audit log, rotated ones too; - is stdin")
    .option("--depth <segments>", "paths are kept apart down to so many segments", "3")
    .option("--fixtures <file>", "write what was recorded as expectations for auth-proxy test")
    .action(async (files: string[], flags: LearnFlags) => {
      status = await runLearn(files, flags);
    });
  program.command("schema").description("Print the JSON Schema of the configuration file.")
    .allowExcessArguments(false)
    .action(async () => {
      status = await runSchema();
    });
  const report = (result: number) => {
    status = result;
  };
  addAgentCommands(program, report);
  addDocumentCommands(program, report);
  // It is what runs when no command is named, so its options belong on the first page.
  program.addHelpText("after", () => `\n${start.helpInformation()}\n${limitHelp(defaultLimits)}`);
  return { program, status: () => status };
}

function textOrJson(): Option {
  return choiceOption("--format <format>", {
    description: "how it is written",
    choices: ["text", "json"],
    defaultValue: "text",
  });
}
