import { type CommandModel, commandsIn, type OptionModel } from "./command_tree.ts";

/** An option, and the paths of all commands that have exactly it. */
export interface OptionGroup {
  readonly option: OptionModel;
  readonly paths: readonly string[];
}

/** The options of all commands: most are those of many, and need to be written only once. */
export function optionGroups(tree: CommandModel): OptionGroup[] {
  const groups = new Map<string, { option: OptionModel; paths: string[] }>();
  for (const { path, options } of commandsIn(tree)) {
    for (const option of options) {
      const key = JSON.stringify(option);
      const group = groups.get(key) ?? { option, paths: [] };
      group.paths.push(path);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

/** The names of all options that take a value, both the long and the short ones. */
export function valueOptions(groups: readonly OptionGroup[]): string[] {
  const names = groups.filter(({ option }) => option.value !== undefined)
    .flatMap(({ option: { long, short } }) => short === undefined ? [long] : [long, short]);
  return [...new Set(names)];
}
