import { Option } from "commander";

/**
 * An option with a few values to choose from, which help, completions and the man page name. What else is
 * given is refused where it is read, as it is when a variable or the configuration file says it.
 *
 * @param defaultValue What commander takes if the option is not there.
 */
export function choiceOption(
  flags: string,
  { description, choices, defaultValue }: {
    description: string;
    choices: readonly string[];
    defaultValue?: string;
  },
): Option {
  const option = new Option(flags, description);
  option.argChoices = [...choices];
  return defaultValue === undefined ? option : option.default(defaultValue);
}
