/** A place in the source that breaks a rule of the gate. */
export interface Violation {
  /** Relative to the checked folder, with forward slashes. */
  readonly file: string;
  /** The first line is 1. */
  readonly line: number;
  readonly message: string;
}

/** Prints `file:line message` for each and returns the exit code of a check: 0 or 1. */
export function report(violations: readonly Violation[]): number {
  const lines = violations
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
    .map(({ file, line, message }) => `${file}:${line} ${message}`);
  if (lines.length > 0) console.error(lines.join("\n"));
  return lines.length === 0 ? 0 : 1;
}
