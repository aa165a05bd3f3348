import type { Problem } from "../secrets/problem.ts";
import { nearest } from "./nearest.ts";

/** A file of contexts. */
export interface ContextFile {
  readonly path: string;
  /** The names of its contexts. */
  readonly names: readonly string[];
}

/** The flags by which files and contexts are named: `--kubeconfig`, `--kube-context`. */
export interface ContextFlags {
  readonly file: string;
  readonly context: string;
}

/**
 * Finds the contexts that the operator has named. None is taken that was not: a file often has more
 * clusters in it than a container should reach.
 *
 * @param chosen What the operator has named.
 * @returns Each context once, with its file.
 */
export function chooseContexts(
  files: readonly ContextFile[],
  { chosen, flags }: { chosen: readonly string[]; flags: ContextFlags },
): { picks: { path: string; name: string }[]; problems: Problem[] } {
  if (chosen.length === 0) {
    return { picks: [], problems: files.map((file) => askForContext(file, flags)) };
  }
  const picks: { path: string; name: string }[] = [];
  const problems: Problem[] = [];
  const all = [...new Set(files.flatMap(({ names }) => names))];
  for (const name of new Set(chosen)) {
    const where = `${flags.context} ${quoted(name)}`;
    const [file, another] = files.filter(({ names }) => names.includes(name));
    if (file === undefined) {
      problems.push({ where, message: unknownContext(name, { all, files }) });
    } else if (another !== undefined) {
      const message = `Cannot choose: ${file.path} and ${another.path} both have it; rename one`;
      problems.push({ where, message });
    } else if (!/^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(name)) {
      const message = "Cannot name a rule after it: rename the context, with printable ASCII of " +
        "at most 200 characters";
      problems.push({ where, message });
    } else picks.push({ path: file.path, name });
  }
  return { picks, problems };
}

function askForContext({ path, names }: ContextFile, { file, context }: ContextFlags): Problem {
  const message = names.length === 0
    ? "Cannot use it: it has no contexts"
    : `Cannot tell which clusters are meant: name them with ${context} NAME (repeatable); there ` +
      `are ${listed(names)}`;
  return { where: `${file} ${path}`, message };
}

function unknownContext(
  name: string,
  { all, files }: { all: readonly string[]; files: readonly ContextFile[] },
): string {
  const near = nearest(name, all);
  const hint = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
  const there = all.length === 0 ? "there is none" : `there are ${listed(all)}`;
  return `Cannot find such a context in ${
    files.map(({ path }) => path).join(", ")
  }: ${there}${hint}`;
}

function listed(names: readonly string[]): string {
  return names.map(quoted).join(", ");
}

/** Control characters must not reach a terminal. */
function quoted(name: string): string {
  return /^[\x21-\x7e]+$/.test(name) ? name : JSON.stringify(name);
}
