/** One variable of an env file. */
export interface EnvEntry {
  readonly value: string;
  /** The line of its name, counted from 1. */
  readonly line: number;
}

/** A line of an env file that cannot be read. */
export interface EnvProblem {
  /** Counted from 1. */
  readonly line: number;
  /** What is wrong; it never quotes a value, nor anything that might be a piece of one. */
  readonly message: string;
}

export interface ParsedEnvFile {
  readonly entries: ReadonlyMap<string, EnvEntry>;
  readonly problems: readonly EnvProblem[];
}

const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;
const escapes: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" };

/**
 * Reads lines of `NAME=value`, as shells and docker's `--env-file` have them.
 *
 * `export` may stand before the name. A value may be quoted, and then run over several lines: in
 * single quotes it is taken as it is; in double quotes `\n`, `\"` and `\\` are escapes and any
 * other backslash stands for itself. Nothing is expanded: `$` is a character like any other. `#`
 * starts a comment at the start of a line and after white space, so that `TOKEN=abc#def` keeps its
 * end. Line ends may be CRLF, and a byte order mark is skipped.
 *
 * @param text The file's text.
 * @returns What could be read, and every problem. A name that comes twice is a problem, because
 * which of the two was meant decides whose credential is used.
 */
export function parseEnvFile(text: string): ParsedEnvFile {
  const lines = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n").split("\n");
  const entries = new Map<string, EnvEntry>();
  const problems: EnvProblem[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const number = index + 1;
    if (/^[ \t]*(#|$)/.test(line)) continue;
    const match = assignment.exec(line);
    if (match === null) {
      problems.push({ line: number, message: "it is not of the form NAME=value" });
      continue;
    }
    const read = readValue(lines, { index, column: match[0].length });
    index = read.lastIndex;
    if ("message" in read) {
      problems.push({ line: number, message: read.message });
      continue;
    }
    const name = match[1] ?? "";
    const earlier = entries.get(name);
    if (earlier === undefined) entries.set(name, { value: read.value, line: number });
    else {
      const message = `${name} is set here and on line ${earlier.line}: keep one of them`;
      problems.push({ line: number, message });
    }
  }
  return { entries, problems };
}

type ReadValue = { lastIndex: number } & ({ value: string } | { message: string });

function readValue(
  lines: readonly string[],
  { index, column }: { index: number; column: number },
): ReadValue {
  const line = lines[index] ?? "";
  const quote = line.charAt(column);
  if (quote !== '"' && quote !== "'") {
    // The octet before the value is "=" or white space, and white space before "#" is a comment.
    const comment = line.slice(column - 1).search(/[ \t]#/);
    const end = comment === -1 ? line.length : column - 1 + comment;
    return { lastIndex: index, value: trimBlanks(line.slice(column, end)) };
  }
  let value = "";
  let at = column + 1;
  for (let current = index; current < lines.length; current++) {
    const text = lines[current] ?? "";
    for (; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === quote) return closeQuote(text, { at, value, current });
      const escaped = quote === '"' && character === "\\"
        ? escapes[text.charAt(at + 1)]
        : undefined;
      if (escaped === undefined) value += character;
      else {
        value += escaped;
        at++;
      }
    }
    value += "\n";
    at = 0;
  }
  // Reading goes on at the next line, so that one missing quote does not hide other problems.
  return { lastIndex: index, message: `its value has an opening ${quote} and no closing one` };
}

function closeQuote(
  text: string,
  { at, value, current }: { at: number; value: string; current: number },
): ReadValue {
  if (/^[ \t]*$|^[ \t]+#/.test(text.slice(at + 1))) return { lastIndex: current, value };
  return {
    lastIndex: current,
    message: "there is text after the closing quote of its value" +
      (text.charAt(at) === '"' ? ' (a " inside is written \\")' : ""),
  };
}

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}
