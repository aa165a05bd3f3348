import type { Violation } from "../violation.ts";
import { resolveRelative, type SourceFile, type SourceTree, violationAt } from "./source_tree.ts";

/** Finds files that import each other in a circle, each circle once, types counted too. */
export function checkCycles(tree: SourceTree): Violation[] {
  const violations: Violation[] = [];
  const finished = new Set<string>();
  const path: string[] = [];

  function visit(file: SourceFile): void {
    path.push(file.path);
    for (const edge of file.imports) {
      if (!edge.specifier.startsWith(".")) continue;
      const target = tree.files.get(resolveRelative(file.path, edge.specifier));
      if (target === undefined || finished.has(target.path)) continue;
      const start = path.indexOf(target.path);
      if (start === -1) {
        visit(target);
      } else {
        const circle = [...path.slice(start), target.path].join(" -> ");
        violations.push(violationAt(file, edge.node, `closes an import cycle: ${circle}`));
      }
    }
    path.pop();
    finished.add(file.path);
  }

  for (const file of tree.files.values()) {
    if (!finished.has(file.path)) visit(file);
  }
  return violations;
}
