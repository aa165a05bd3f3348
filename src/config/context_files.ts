import type { Problem } from "../secrets/problem.ts";
import { readTextFile } from "../secrets/text_file.ts";
import type { ClusterAccess } from "../services/cluster_access.ts";
import { MapReader } from "./map_reader.ts";
import { readYamlTree } from "./yaml_tree.ts";

/** The longest file, in bytes. */
const FILE_LIMIT = 4 * 1024 * 1024;

/** What the files say of the contexts that were named. */
export interface ReadAccesses {
  readonly accesses: readonly ClusterAccess[];
  readonly problems: readonly Problem[];
  /** What works but should be mended. */
  readonly warnings: readonly Problem[];
  /** Every file that was read, or could not be: those that they refer to among them. */
  readonly files: readonly string[];
}

/** What is read, and which of it. */
export interface ContextChoice {
  /** Paths. */
  readonly files: readonly string[];
  readonly contexts: readonly string[];
}

/**
 * Opens a file of contexts.
 *
 * @returns `undefined` if it cannot be read, which has been reported.
 */
export async function openFile(
  path: string,
  { flag, problems, warnings, onRead }: {
    flag: string;
    problems: Problem[];
    warnings: Problem[];
    onRead: (path: string) => void;
  },
): Promise<MapReader | undefined> {
  onRead(path);
  const where = `${flag} ${path}`;
  const read = await readTextFile(path, FILE_LIMIT);
  if ("message" in read) {
    problems.push({ where, message: `Cannot read it: ${read.message}` });
    return undefined;
  }
  if (read.openToOthers) {
    const message = `Other users of this machine may read it: chmod 600 ${path}`;
    warnings.push({ where, message });
  }
  const tree = readYamlTree(read.text);
  for (const { line, column, message } of tree.problems) {
    problems.push({ where: `${path}:${line}:${column}`, message });
  }
  if (tree.problems.length > 0) return undefined;
  return new MapReader(tree.value, { file: path, tree, problems, onRead, path: [] });
}
