import type { Violation } from "../violation.ts";
import { type ImportEdge, resolveRelative, type SourceFile, violationAt } from "./source_tree.ts";

/** From the bottom up. Layers in one row are siblings, and may not import each other. */
const rows: readonly (readonly string[])[] = [
  ["errors"],
  ["wire"],
  ["secrets"],
  ["policy"],
  ["clients"],
  ["services", "ca", "observe"],
  ["admin", "proxy"],
  ["config"],
  ["app"],
  ["cli"],
  ["main"],
];

/** Layers that are one file in src and not a folder. */
const singleFiles = new Set(["errors"]);

/** A layer of one file that is the door to a folder. */
const doors = new Set(["app"]);

/** What config may load; of everything else below app it may only name the types. */
const loadedByConfig = new Set(["errors", "wire", "secrets", "policy"]);

/** Whose code may touch neither I/O nor a clock, so no module of the platform either. */
export const pureLayers: ReadonlySet<string> = new Set(["wire", "policy", "clients"]);

/** The layer that a path belongs to: a folder of src, or main.ts, app.ts and errors.ts. */
export function layerOf(path: string): string | undefined {
  if (path === "main.ts") return "main";
  const [top, second, ...rest] = path.split("/");
  if (top !== "src" || second === undefined) return undefined;
  const isFile = rest.length === 0;
  const layer = isFile ? second.replace(/\.ts$/, "") : second;
  if (layer === "main" || rankOf(layer) === -1) return undefined;
  return singleFiles.has(layer) === isFile || doors.has(layer) ? layer : undefined;
}

/** Checks that the file's imports point downwards (design.md, section 3). */
export function checkOrder(file: SourceFile): Violation[] {
  const layer = layerOf(file.path);
  if (layer === undefined) {
    return [{ file: file.path, line: 1, message: "belongs to no layer" }];
  }
  return file.imports.flatMap((edge) => {
    const problem = problemOf(edge, { path: file.path, layer });
    return problem === undefined ? [] : [violationAt(file, edge.node, problem)];
  });
}

function problemOf(
  edge: ImportEdge,
  importer: { readonly path: string; readonly layer: string },
): string | undefined {
  const { layer } = importer;
  if (edge.specifier === "") return "imports a computed name, which cannot be checked";
  if (!edge.specifier.startsWith(".")) {
    return edge.specifier.startsWith("node:") && pureLayers.has(layer)
      ? `${layer} is pure and may not import ${edge.specifier}`
      : absoluteProblem(edge.specifier);
  }
  const target = layerOf(resolveRelative(importer.path, edge.specifier));
  if (target === undefined) return `imports ${edge.specifier}, which belongs to no layer`;
  if (target === layer) return undefined;
  const difference = rankOf(layer) - rankOf(target);
  if (difference < 0) return `${layer} may not import ${target}, which stands above it`;
  if (difference === 0) return `${layer} may not import ${target}, which stands beside it`;
  if (layer === "config" && !edge.typeOnly && !loadedByConfig.has(target)) {
    return `config may import only types from ${target}`;
  }
  return undefined;
}

function absoluteProblem(specifier: string): string | undefined {
  return /^(file:|https?:|jsr:|data:|\/)/.test(specifier)
    ? `imports ${specifier}, which is neither relative nor in the import map`
    : undefined;
}

function rankOf(layer: string): number {
  return rows.findIndex((row) => row.includes(layer));
}
