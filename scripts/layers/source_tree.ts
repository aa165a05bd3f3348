import ts from "typescript";
import { listSources } from "../list_sources.ts";
import type { Violation } from "../violation.ts";

/** One `import`, `export … from`, `import(…)` or `import("…").Type` of a file. */
export interface ImportEdge {
  readonly specifier: string;
  readonly node: ts.Node;
  /** Erased by the compiler: nothing is loaded for it. */
  readonly typeOnly: boolean;
}

/** A parsed file of the tree. */
export interface SourceFile {
  /** From the root, with forward slashes: `src/wire/authority.ts`. */
  readonly path: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly ImportEdge[];
}

/** main.ts and everything below src, parsed and bound, but without any library's types. */
export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Whether the name is declared in the file itself, so that it is not the global of that name. */
  isLocal(identifier: ts.Identifier): boolean;
}

/** Parses main.ts and src below `root`. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const paths = await listSources(root, "src");
  if (await exists(`${root}/main.ts`)) paths.unshift("main.ts");
  const program = ts.createProgram({
    rootNames: paths.map((path) => `${root}/${path}`),
    options: {
      allowImportingTsExtensions: true,
      module: ts.ModuleKind.ESNext,
      noEmit: true,
      noLib: true,
      noResolve: true,
      target: ts.ScriptTarget.ESNext,
      types: [],
    },
  });
  const checker = program.getTypeChecker();
  const files = new Map<string, SourceFile>();
  for (const path of paths) {
    const ast = program.getSourceFile(`${root}/${path}`);
    if (ast === undefined) throw new Error(`Cannot check ${path}: it is not readable`);
    files.set(path, { path, ast, imports: importsOf(ast) });
  }
  return {
    files,
    isLocal: (identifier) => {
      // The symbol of `{ fetch }` is the property; what it takes its value from is another.
      const symbol = ts.isShorthandPropertyAssignment(identifier.parent)
        ? checker.getShorthandAssignmentValueSymbol(identifier.parent)
        : checker.getSymbolAtLocation(identifier);
      return (symbol?.declarations ?? []).length > 0;
    },
  };
}

/** Calls `visit` for the node and for everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The violation at a node of a file. */
export function violationAt(file: SourceFile, node: ts.Node, message: string): Violation {
  const { line } = file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast));
  return { file: file.path, line: line + 1, message };
}

/** The path that a relative import leads to, from the root; it may leave the root with `..`. */
export function resolveRelative(importer: string, specifier: string): string {
  const parts = importer.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.length === 0 || parts.at(-1) === "..") parts.push("..");
      else parts.pop();
    } else if (part !== ".") {
      parts.push(part);
    }
  }
  return parts.join("/");
}

function importsOf(ast: ts.SourceFile): ImportEdge[] {
  const edges: ImportEdge[] = [];
  walk(ast, (node) => {
    const edge = importAt(node);
    if (edge !== undefined) edges.push(edge);
  });
  return edges;
}

function importAt(node: ts.Node): ImportEdge | undefined {
  if (ts.isImportDeclaration(node)) {
    return edgeTo(node.moduleSpecifier, { node, typeOnly: isTypeOnly(node.importClause) });
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return edgeTo(node.moduleSpecifier, { node, typeOnly: node.isTypeOnly });
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return edgeTo(node.argument.literal, { node, typeOnly: true });
  }
  if (ts.isExternalModuleReference(node)) {
    return edgeTo(node.expression, { node, typeOnly: false });
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return edgeTo(node.arguments[0], { node, typeOnly: false });
  }
  return undefined;
}

/** An import of something computed is an edge to nowhere, which the order refuses. */
function edgeTo(
  target: ts.Node | undefined,
  edge: { readonly node: ts.Node; readonly typeOnly: boolean },
): ImportEdge {
  const specifier = target !== undefined && ts.isStringLiteralLike(target) ? target.text : "";
  return { specifier, ...edge };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) &&
    named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
