import { quoteForFish } from "../clients/environment_formats.ts";
import { type CommandModel, commandsIn, type ValueModel } from "./command_tree.ts";
import { type OptionGroup, optionGroups, valueOptions } from "./option_groups.ts";

/** A completion script for fish: a file `auth-proxy.fish` in its folder of completions, or to be sourced. */
export function fishCompletion(tree: CommandModel, version: string): string {
  const groups = optionGroups(tree);
  const commands = commandsIn(tree);
  const paths = commands.map(({ path }) => path).filter((path) => path !== "");
  return `# Completions of auth-proxy ${version} for fish, printed by: auth-proxy completion fish

# Prints the command that is written before the cursor, and how many arguments it has by now.
function __auth_proxy_place
    set -l command
    set -l position 0
    set -l skip 0
    set -l end 0
    set -l words (commandline -opc)
    for token in $words[2..-1]
        if test $end = 1
            set position (math $position + 1)
        else if test $skip = 1
            set skip 0
        else if contains -- $token ${valueOptions(groups).join(" ")}
            set skip 1
        else if test "$token" = --
            set end 1
        else if not string match -q -- '-*' $token
            set -l longer (string join ' ' $command $token)
            if test $position = 0; and contains -- $longer ${paths.map(quoteForFish).join(" ")}
                set command $longer
            else
                set position (math $position + 1)
            end
        end
    end
    echo "$command"
    echo $position
end

function __auth_proxy_at
    set -l place (__auth_proxy_place)
    contains -- "$place[1]" $argv
end

function __auth_proxy_first
    set -l place (__auth_proxy_place)
    test $place[2] = 0; and contains -- "$place[1]" $argv
end

complete -c auth-proxy -f
${commands.map(argumentLines).join("")}${groups.map(optionLine).join("")}`;
}

function argumentLines({ path, commands, arguments: [first] }: CommandModel): string {
  const at = condition("__auth_proxy_at", [path]);
  const isFirst = condition("__auth_proxy_first", [path]);
  if (commands.length > 0) {
    return commands.map(({ path: child, description }) =>
      `complete -c auth-proxy -n ${isFirst} -a ${child.split(" ").at(-1)} -d ${
        quoteForFish(description)
      }\n`
    ).join("");
  }
  if (first?.kind === "program") {
    return `complete -c auth-proxy -n ${isFirst} -a '(__fish_complete_command)'\n` +
      `complete -c auth-proxy -n ${at} -F\n`;
  }
  if (first === undefined) return "";
  const action = first.kind === "file" ? "-F" : completeWords(first).join(" ");
  if (action === "") return "";
  return `complete -c auth-proxy -n ${first.repeatable ? at : isFirst} ${action}\n`;
}

function optionLine({ option: { long, short, value, description }, paths }: OptionGroup): string {
  return [
    `complete -c auth-proxy -n ${condition("__auth_proxy_at", paths)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
    ...(value === undefined ? [] : [completeValue(value)]),
    `-d ${quoteForFish(description)}\n`,
  ].filter((part) => part !== "").join(" ");
}

/** `-r` takes files beside what `-a` says, `-x` takes none. */
function completeValue(value: ValueModel): string {
  if (value.kind === "file") return "-r -F";
  return ["-x", ...completeWords(value)].join(" ");
}

function completeWords({ kind, choices }: ValueModel): string[] {
  if (choices.length > 0) return ["-a", quoteForFish(choices.join(" "))];
  return kind === "folder" ? ["-a", "'(__fish_complete_directories)'"] : [];
}

function condition(test: string, paths: readonly string[]): string {
  return quoteForFish(`${test} ${paths.map((path) => `"${path}"`).join(" ")}`);
}
