import { type CommandModel, commandsIn, type ValueModel } from "./command_tree.ts";
import { type OptionGroup, optionGroups, valueOptions } from "./option_groups.ts";

/**
 * A completion script for bash; it needs nothing of the package bash-completion.
 *
 * Readline cuts words at `=` and `:`, so that `--format=json` comes as three.
 */
export function bashCompletion(tree: CommandModel, version: string): string {
  const groups = optionGroups(tree);
  const commands = commandsIn(tree);
  return `# Completions of auth-proxy ${version} for bash, printed by: auth-proxy completion bash

_auth_proxy_words() {
  COMPREPLY=($(compgen -W "$*" -- "$word"))
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

_auth_proxy_files() {
  local file
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen "$1" -- "$word")
  [[ $1 == -c ]] || compopt -o filenames 2>/dev/null
}

_auth_proxy() {
  local word=\${COMP_WORDS[COMP_CWORD]} command='' option='' token='' i position=0 end=0
  COMPREPLY=()
  [[ $word == = ]] && word=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    token=\${COMP_WORDS[i]}
    case $token in
      --) end=$i && break ;;
      ${valueOptions(groups).join(" | ")})
        [[ \${COMP_WORDS[i + 1]} == = ]] && ((i++))
        if ((i + 1 < COMP_CWORD)); then ((i++)); else option=$token; fi ;;
      :) ((i++)) ;;
      -* | =) ;;
      *)
        case "$position:\${command:+$command }$token" in
          ${
    commands.filter(({ path }) => path !== "").map(({ path }) => `'0:${path}'`).join(" | ")
  })
            command="\${command:+$command }$token" ;;
          *) ((position++)) ;;
        esac ;;
    esac
  done
  if [[ -n $option ]]; then
    case "$command:$option" in
${valueCases(groups)}    esac
  elif [[ $word == -* && $end == 0 ]]; then
    case "$command" in
${commands.map(optionsCase).join("")}    esac
  else
    case "$command" in
${commands.map(argumentsCase).join("")}    esac
  fi
}

complete -F _auth_proxy auth-proxy
`;
}

/** One line for each option, or for each way of completing it where commands differ in that. */
function valueCases(groups: readonly OptionGroup[]): string {
  const byOption = Map.groupBy(groups, ({ option }) => option.long);
  return [...byOption].flatMap(([long, alike]) => {
    const byAction = Map.groupBy(
      alike,
      ({ option: { value } }) => value === undefined ? "" : completeValue(value),
    );
    return [...byAction].filter(([action]) => action !== "").map(([action, those]) => {
      const patterns = byAction.size === 1
        ? [`*:${long}`]
        : those.flatMap(({ paths }) => paths.map((path) => `'${path}:${long}'`));
      return `      ${patterns.join(" | ")}) ${action} ;;\n`;
    });
  }).join("");
}

function completeValue({ kind, choices }: ValueModel): string {
  if (choices.length > 0) return `_auth_proxy_words ${choices.join(" ")}`;
  if (kind === "file") return "_auth_proxy_files -f";
  return kind === "folder" ? "_auth_proxy_files -d" : "";
}

function optionsCase({ path, options }: CommandModel): string {
  if (options.length === 0) return "";
  const names = options.flatMap(({ long, short }) => short === undefined ? [long] : [short, long]);
  return `      '${path}') _auth_proxy_words ${names.join(" ")} ;;\n`;
}

function argumentsCase({ path, commands, arguments: [first] }: CommandModel): string {
  const pattern = `      '${path}')`;
  if (commands.length > 0) {
    const names = commands.map(({ path: child }) => child.split(" ").at(-1)).join(" ");
    return `${pattern} ((position == 0)) && _auth_proxy_words ${names} ;;\n`;
  }
  if (first?.kind === "program") {
    return `${pattern}
        if ((position == 0 && (end == 0 || end + 1 == COMP_CWORD))); then _auth_proxy_files -c
        else _auth_proxy_files -f; fi ;;\n`;
  }
  const action = first === undefined ? "" : completeValue(first);
  if (first === undefined || action === "") return "";
  return first.repeatable
    ? `${pattern} ${action} ;;\n`
    : `${pattern} ((position == 0)) && ${action} ;;\n`;
}
