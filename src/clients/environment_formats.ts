/** How an environment is written down. */
export const environmentFormats = [
  "sh",
  "fish",
  "powershell",
  "docker",
  "compose",
  "json",
] as const;
export type EnvironmentFormat = typeof environmentFormats[number];

/**
 * Writes an environment: for a POSIX shell, fish or PowerShell to read, as a file for docker's
 * `--env-file`, as `environment:` of a service in a compose file, or as an object of JSON.
 *
 * @throws {Error} If a value has a line end and the format is `docker`, which cannot have one.
 */
export function formatEnvironment(
  variables: ReadonlyMap<string, string>,
  format: EnvironmentFormat,
): string {
  if (format === "json") return `${JSON.stringify(Object.fromEntries(variables), null, 2)}\n`;
  const lines = [...variables].map(([name, value]) => lineWriters[format](name, value));
  return (format === "compose" ? "environment:\n" : "") + lines.join("");
}

type LineWriter = (name: string, value: string) => string;

const lineWriters: Readonly<Record<Exclude<EnvironmentFormat, "json">, LineWriter>> = {
  sh: (name, value) => `export ${name}=${quote(value)}\n`,
  fish: (name, value) => `set -gx ${name} ${quoteForFish(value)}\n`,
  powershell: (name, value) => `$env:${name} = ${quoteForPowerShell(value)}\n`,
  docker: writeDockerLine,
  // A double-quoted scalar of YAML 1.2 takes all that a string of JSON has (section 1.2); compose
  // then replaces `$`, which `$$` stands for.
  compose: (name, value) => `  ${name}: ${JSON.stringify(value.replaceAll("$", "$$$$"))}\n`,
};

/** Quotes a text for a POSIX shell, if it needs that. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** In single quotes only `\'` and `\\` are special (fish's manual, "Quotes"). */
export function quoteForFish(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** A single quote, and each typographic one that PowerShell takes for it, is doubled. */
function quoteForPowerShell(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

/** Docker takes what follows the `=` as it is, and knows no quotes. */
function writeDockerLine(name: string, value: string): string {
  if (/[\r\n]/.test(value)) {
    throw new Error(
      `Cannot write ${name} for docker's --env-file: its value has a line end; use --format compose`,
    );
  }
  return `${name}=${value}\n`;
}
