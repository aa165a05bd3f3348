import { quote } from "../clients/environment_formats.ts";
import {
  type CommandModel,
  commandsIn,
  type OptionModel,
  type ValueModel,
} from "./command_tree.ts";
import { type OptionGroup, optionGroups, valueOptions } from "./option_groups.ts";

/** A completion script for zsh: a file `_auth-proxy` in a folder of `fpath`, or to be sourced. */
export function zshCompletion(tree: CommandModel, version: string): string {
  const groups = optionGroups(tree);
  const commands = commandsIn(tree);
  const parents = commands.filter(({ commands }) => commands.length > 0);
  return `#compdef auth-proxy
# Completions of auth-proxy ${version} for zsh, printed by: auth-proxy completion zsh

_auth-proxy-commands() {
  local -a commands
  case $command in
${parents.map(commandsCase).join("")}  esac
  _describe command commands
}

_auth-proxy() {
  local command='' token
  local -a specs
  integer i position=0 end=0
  for ((i = 2; i < CURRENT; i++)); do
    token=$words[i]
    case $token in
      (--) end=1; break ;;
      (${valueOptions(groups).join("|")}) ((i++)) ;;
      (-*) ;;
      (*)
        case "$position:\${command:+$command }$token" in
          (${commands.filter(({ path }) => path !== "").map(({ path }) => `"0:${path}"`).join("|")})
            command="\${command:+$command }$token"
            specs+=(": :") ;;
          (*) ((position++)) ;;
        esac ;;
    esac
  done
  case $command in
${commands.map(argumentsCase).join("")}  esac
${optionLines(groups)}  _arguments -S : $specs
}

if [[ $funcstack[1] == _auth-proxy ]]; then
  _auth-proxy "$@"
else
  compdef _auth-proxy auth-proxy
fi
`;
}

function commandsCase({ path, commands }: CommandModel): string {
  const names = commands.map(({ path: child, description }) =>
    `      ${quote(`${child.split(" ").at(-1)}:${description}`)}\n`
  );
  return `    (${quote(path)})\n      commands=(\n${names.join("")}      ) ;;\n`;
}

function argumentsCase({ path, commands, arguments: args }: CommandModel): string {
  const specs = commands.length > 0
    ? [": :_auth-proxy-commands"]
    : args.map((argument) =>
      `${argument.repeatable ? "*" : ""}:${escape(argument.name)}:${completeValue(argument)}`
    );
  if (specs.length === 0) return "";
  if (args.some(({ kind }) => kind === "program")) {
    // _arguments would have the program complete options that are still ours.
    return `    (${quote(path)})
      (( end || position )) || [[ $words[CURRENT] != -* ]] && specs+=("*:::command:_normal") ;;\n`;
  }
  return `    (${quote(path)}) specs+=(${specs.map(quote).join(" ")}) ;;\n`;
}

/** What the same commands have is written together. */
function optionLines(groups: readonly OptionGroup[]): string {
  const byPaths = Map.groupBy(groups, ({ paths }) => paths.map(quote).join("|"));
  return [...byPaths].map(([paths, those]) => {
    const specs = those.flatMap(({ option }) =>
      [option.long, ...(option.short === undefined ? [] : [option.short])]
        .map((name) => `    ${quote(optionSpec(name, option))}\n`)
    );
    return `  [[ $command == (${paths}) ]] && specs+=(\n${specs.join("")}  )\n`;
  }).join("");
}

function optionSpec(name: string, { description, repeatable, value }: OptionModel): string {
  const text = `[${description.replaceAll(/[\\[\]]/g, "\\$&")}]`;
  const prefix = repeatable ? "*" : "";
  if (value === undefined) return `${prefix}${name}${text}`;
  return `${prefix}${name}=${text}:${escape(value.name)}:${completeValue(value)}`;
}

function completeValue({ kind, choices }: ValueModel): string {
  if (choices.some((choice) => choice.endsWith("="))) {
    // With a space in front, the action is called as it is, and is not given options of its own.
    return ` compadd -S "" ${choices.join(" ")}`;
  }
  if (choices.length > 0) return `(${choices.join(" ")})`;
  if (kind === "file") return "_files";
  return kind === "folder" ? "_path_files -/" : " ";
}

function escape(text: string): string {
  return text.replaceAll(/[\\:]/g, "\\$&");
}
