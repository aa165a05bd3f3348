/**
 * What the command line takes, read from commander's definition of it: what completions and the man page
 * are written from, so that they cannot say anything else.
 *
 * @module
 */

import type { Argument, Command, Option } from "commander";

/** What an option's value or an argument is. */
export interface ValueModel {
  /** As usage names it: `file`. */
  readonly name: string;
  readonly kind: "file" | "folder" | "program" | "word";
  /** What it may be, or begin with if it ends in `=`; empty where anything may be given. */
  readonly choices: readonly string[];
}

export interface OptionModel {
  /** `--env-file` */
  readonly long: string;
  /** `-h` */
  readonly short?: string;
  /** Absent for a switch. */
  readonly value?: ValueModel;
  readonly repeatable: boolean;
  readonly description: string;
  /** What help names as the default. */
  readonly default?: string;
}

export interface ArgumentModel extends ValueModel {
  readonly description: string;
  readonly repeatable: boolean;
}

export interface CommandModel {
  /** What follows the program's name: `agent add`; empty for the program itself. */
  readonly path: string;
  /** Without the program's name and the command's. */
  readonly usage: string;
  readonly description: string;
  readonly options: readonly OptionModel[];
  readonly arguments: readonly ArgumentModel[];
  readonly commands: readonly CommandModel[];
  /** What help says below its lists. */
  readonly notes: string;
}

export interface TreeOptions {
  /** The command that runs when none is named: its options may be given without its name. */
  readonly defaultCommand: string;
  /** What the values of options may be that are not fixed in their definition, by option. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Reads the definition of a program. */
export function readCommandTree(program: Command, options: TreeOptions): CommandModel {
  const tree = readCommand(program, { path: "", values: options.values });
  const start = tree.commands.find(({ path }) => path === options.defaultCommand);
  const known = new Set(tree.options.map(({ long }) => long));
  const added = start?.options.filter(({ long }) => !known.has(long)) ?? [];
  return { ...tree, options: [...tree.options, ...added] };
}

/** A command and all those below it, in the order of help. */
export function commandsIn(command: CommandModel): CommandModel[] {
  return [command, ...command.commands.flatMap(commandsIn)];
}

function readCommand(
  command: Command,
  { path, values, siblings = [] }: {
    path: string;
    values: TreeOptions["values"];
    /** The names of the commands beside it. */
    siblings?: readonly string[];
  },
): CommandModel {
  const help = command.createHelp();
  const children = help.visibleCommands(command);
  const names = children.map((child) => child.name());
  const commands = children.map((child) =>
    readCommand(child, { path: `${path} ${child.name()}`.trim(), values, siblings: names })
  );
  // Of all that is called a command, help takes one of ours.
  const choices = command.name() === "help" ? siblings : [];
  return {
    path,
    usage: command.usage(),
    description: command.description(),
    options: help.visibleOptions(command).map((option) => readOption(option, values)),
    arguments: command.registeredArguments.map((argument) => readArgument(argument, choices)),
    commands,
    notes: notesOf(command),
  };
}

function readOption(option: Option, values: TreeOptions["values"]): OptionModel {
  const { long, short, description, argChoices, defaultValue } = option;
  if (typeof long !== "string") {
    throw new Error(`Cannot read option "${option.flags}": no long name`);
  }
  const name = /[<[](.+)[>\]]$/.exec(option.flags)?.[1];
  return {
    long,
    ...(short === undefined ? {} : { short }),
    ...(name === undefined ? {} : {
      value: { name, kind: kindOf(name), choices: argChoices ?? values[long] ?? [] },
    }),
    repeatable: Array.isArray(defaultValue),
    description,
    ...(typeof defaultValue === "string" ? { default: defaultValue } : {}),
  };
}

function readArgument(argument: Argument, choices: readonly string[]): ArgumentModel {
  const name = argument.name();
  return {
    name,
    kind: choices.length > 0 ? "word" : kindOf(name),
    choices: argument.argChoices ?? choices,
    description: argument.description,
    repeatable: argument.variadic,
  };
}

function kindOf(name: string): ValueModel["kind"] {
  if (/(^|-)file$|^path$/.test(name)) return "file";
  if (name === "dir") return "folder";
  return name === "command" ? "program" : "word";
}

/** Help texts are listeners, so they are heard by printing help. */
function notesOf(command: Command): string {
  const { writeOut } = command.configureOutput();
  let printed = "";
  command.configureOutput({ writeOut: (text) => printed += text });
  command.outputHelp();
  if (writeOut !== undefined) command.configureOutput({ writeOut });
  return printed.slice(command.helpInformation().length).trim();
}
