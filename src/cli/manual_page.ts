import { defaultLimits } from "../app.ts";
import { formatLimit, limitTable } from "../config/limit_table.ts";
import { settingNames, settingTable, variableOf } from "../config/setting_table.ts";
import { type CommandModel, commandsIn, type OptionModel } from "./command_tree.ts";
import {
  bold,
  entry,
  italic,
  macroArgument,
  paragraph,
  roffText,
  section,
  subsection,
  verbatim,
} from "./roff.ts";

interface ManualOptions {
  readonly version: string;
  /** The user's home, which is written as `~`. */
  readonly home: string;
  /** The default of `--ca-dir`. */
  readonly caDir: string;
}

/** The manual page, in roff. */
export function manualPage(tree: CommandModel, { version, home, caDir }: ManualOptions): string {
  const start = tree.commands.find(({ path }) => path === "start");
  if (start === undefined) throw new Error("There is no command start");
  const shownCaDir = caDir.startsWith(`${home}/`) ? `~${caDir.slice(home.length)}` : caDir;
  const page = [
    `.TH AUTH\\-PROXY 1 "" ${macroArgument(`auth-proxy ${version}`)} "User Commands"\n`,
    section("NAME", `auth\\-proxy \\- ${roffText(lowerFirst(tree.description))}\n`),
    section("SYNOPSIS", synopsis(tree)),
    section("DESCRIPTION", description),
    section("OPTIONS", optionsSection(tree, start)),
    section("COMMANDS", commandsIn(tree).map((each) => commandSection(each, start)).join("")),
    section("LIMITS", limits()),
    section("ENVIRONMENT", environment()),
    section("FILES", files(shownCaDir)),
    section("EXIT STATUS", exitStatus),
    section("EXAMPLES", examples),
  ].join("");
  return page.replaceAll(roffText(caDir), roffText(shownCaDir));
}

const description = paragraph(
  "auth-proxy holds the credentials that agents, CI jobs and containers need, and is their HTTP(S) " +
    "proxy: it recognises the destination, terminates TLS with a CA of its own, puts the real credential " +
    "on the request and forwards it over verified TLS. Its clients hold none.",
) + paragraph(
  "A service is active as soon as its variable (GITHUB_TOKEN, ANTHROPIC_API_KEY and others) is in " +
    "the environment, an env file or a folder of secrets; --rule and --config name others.",
);

const exitStatus = entry("0", "It did what it was asked for; a stop by SIGTERM or SIGINT.") +
  entry("1", "A second signal cut a stop short; for test: an expectation does not hold.") +
  entry("2", "Bad usage, a bad configuration, or a command that could not be carried out.") +
  paragraph(
    "run exits with the status of its program: 126 if it cannot be executed, 127 if it is not found.",
  );

const examples = verbatim(["auth-proxy --env-file secrets.env"]) +
  verbatim(["auth-proxy run --env-file secrets.env -- claude"]) +
  verbatim(["auth-proxy explain GET https://api.github.com/user --env-file secrets.env"]) +
  verbatim(["auth-proxy agent add ci"]);

function synopsis(tree: CommandModel): string {
  return commandsIn(tree).filter(({ commands }) => commands.length === 0).map(synopsisLine)
    .join(".br\n");
}

function synopsisLine({ path, usage }: CommandModel): string {
  return `${bold(`auth-proxy ${path}`.trim())} ${italic(usage)}\n`;
}

function optionsSection(tree: CommandModel, start: CommandModel): string {
  const takers = commandsIn(tree).filter((command) => takesAll(command, start));
  const names = takers.map(({ path }) => path).filter((path) => path !== "");
  return paragraph(`Taken by ${names.join(", ")}, and without a command.`) +
    tree.options.map(optionEntry).join("");
}

function commandSection(command: CommandModel, start: CommandModel): string {
  const { path, arguments: args, commands, options, notes } = command;
  if (path === "" || commands.length > 0) return "";
  const common = takesAll(command, start)
    ? new Set(start.options.map(({ long }) => long))
    : new Set(["--help"]);
  const own = options.filter(({ long }) => !common.has(long));
  const described = args.filter((argument) => argument.description !== "");
  // What start says there is the section on limits.
  const said = command === start ? "" : notes;
  return subsection(
    path,
    paragraph(command.description) +
      described.map(({ name, description }) => entry(italic(name), description)).join("") +
      own.map(optionEntry).join("") +
      (said === "" ? "" : paragraph(said.replaceAll(/\s*\n\s*/g, " "))),
  );
}

function takesAll({ options }: CommandModel, start: CommandModel): boolean {
  const known = new Set(options.map(({ long }) => long));
  return start.options.every(({ long }) => known.has(long));
}

function optionEntry(option: OptionModel): string {
  const { long, short, value, repeatable } = option;
  const names = short === undefined ? bold(long) : `${bold(short)}, ${bold(long)}`;
  const term = value === undefined ? names : `${names} ${italic(value.name)}`;
  const text = option.default === undefined
    ? option.description
    : `${option.description} (default: ${option.default})`;
  const notes = [
    ...(repeatable && !text.includes("repeatable") ? ["repeatable"] : []),
    ...(choicesShown(option) ? [`one of ${value?.choices.join(", ")}`] : []),
  ];
  return entry(term, [text, ...notes].join("; "));
}

/** Long lists stand elsewhere, or are told by the error of who gets it wrong. */
function choicesShown({ value, description }: OptionModel): boolean {
  const choices = value?.choices ?? [];
  return choices.length > 0 && choices.length < 10 &&
    !choices.every((choice) => description.includes(choice));
}

function limits(): string {
  return paragraph(
    "--limit NAME=VALUE takes times as 500ms, 30s or 30, 5m, 1h, sizes as 65536 or 64KiB.",
  ) +
    limitTable.map(({ name, unit, min, max, meaning, read }) =>
      entry(
        bold(name),
        `${meaning} (default: ${formatLimit(read(defaultLimits), unit)}, ` +
          `${formatLimit(min, unit)} to ${formatLimit(max, unit)})`,
      )
    ).join("");
}

function environment(): string {
  return paragraph(
    "Each option of start is a variable, too; a flag wins over it, it wins over the configuration file. " +
      "Lists have one value in a line; switches are true or false.",
  ) + entry(bold("AUTH_PROXY_CONFIG"), "--config") +
    settingNames.map((name) => settingTable[name]).map((row) =>
      entry(bold(variableOf(row)), row.flag)
    ).join("");
}

function files(caDir: string): string {
  return entry(
    italic(`${caDir}/public/`),
    "ca.pem, ca-bundle.pem and truststore.p12, for clients.",
  ) +
    entry(italic(`${caDir}/private/`), "The CA's key, tokens and agents; for nobody else.");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}
