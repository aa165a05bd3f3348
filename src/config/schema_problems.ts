import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { valueAt, type YamlPath, type YamlProblem, type YamlTree } from "./yaml_tree.ts";

type Issue = z.core.$ZodIssue;

/** Says what is wrong with a file's values, where, and how to mend it. Quotes no value. */
export function schemaProblems(issues: readonly Issue[], tree: YamlTree): YamlProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, { tree, around: [] }));
}

function problemsOf(
  issue: Issue,
  { tree, around }: { tree: YamlTree; around: YamlPath },
): YamlProblem[] {
  const path = [...around, ...issue.path.map((part) => typeof part === "symbol" ? "" : part)];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...tree.position([...path, key], "key"),
      message: unknownKey(key, { path, known: issue.message.split(" ") }),
    }));
  }
  if (issue.code === "invalid_key") {
    const [inner] = issue.issues;
    const state = inner?.message ?? "write a name";
    return [{ ...tree.position(path, "key"), message: sentence(path.slice(0, -1), state) }];
  }
  if (issue.code === "invalid_union") {
    const meant = meantBranch(issue.errors, valueAt(tree.value, path));
    if (meant !== undefined) {
      return meant.flatMap((inner) => problemsOf(inner, { tree, around: path }));
    }
  }
  const missing = valueAt(tree.value, path) === undefined;
  return [{
    ...tree.position(path),
    message: missing
      ? `Cannot do without ${placeOf(path)}: ${issue.message}`
      : sentence(path, issue.message),
  }];
}

/** What a value was meant to be: the branch whose kind of value, list or object, it is. */
function meantBranch(
  branches: readonly (readonly Issue[])[],
  value: unknown,
): readonly Issue[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return branches.find((issues) =>
    !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0)
  );
}

function sentence(path: YamlPath, state: string): string {
  return state.startsWith("Cannot ") ? state : `Cannot read ${placeOf(path)}: ${state}`;
}

function unknownKey(
  key: string,
  { path, known }: { path: YamlPath; known: readonly string[] },
): string {
  const meant = nearest(key, known);
  const hint = meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`;
  const where = path.length === 0 ? "" : ` in ${placeOf(path)}`;
  return `Cannot use ${isPlain(key) ? key : "this key"}${where}: no such key; ${hint}`;
}

/** `rules[0].match.host`; what is no short word is left out, as it may be anything. */
function placeOf(path: YamlPath): string {
  let place = "";
  for (const part of path) {
    if (typeof part === "number") place += `[${part}]`;
    else place += `${place === "" ? "" : "."}${isPlain(part) || isOurs(part) ? part : "…"}`;
  }
  return place === "" ? "the file" : place;
}

/** Our own keys may hold digits. */
function isOurs(key: string): boolean {
  return /^[a-z][a-z0-9_]{0,15}$/.test(key);
}

function isPlain(key: string): boolean {
  return /^[A-Za-z][A-Za-z_-]{0,31}$/.test(key);
}
