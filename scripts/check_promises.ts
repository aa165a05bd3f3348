/**
 * Finds promises that nobody waits for, which a linter without types cannot: floating ones, ones used
 * as a condition, and async functions handed to those who expect nothing back.
 *
 * Where a promise is meant to run on its own, say so with `void`, on one whose failure is handled.
 *
 * Run: `deno run -A scripts/check_promises.ts [ROOT]`. Prints `file:line message` and exits 1 for each
 * violation.
 *
 * @module
 */

import ts from "typescript";
import { isFloating } from "./promises/floating.ts";
import {
  callbacksAt,
  conditionOf,
  isAsyncForVoid,
  isPromiseAsCondition,
} from "./promises/misused.ts";
import { linkPackages } from "./promises/package_links.ts";
import { readTypedProgram } from "./promises/typed_program.ts";
import { report, type Violation } from "./violation.ts";

/** Every violation in main.ts, src and scripts below `root`. */
export async function checkPromises(root: string): Promise<Violation[]> {
  const packages = await linkPackages();
  try {
    const { files, checker } = await readTypedProgram(root, packages.folder);
    return files.flatMap(({ path, ast }) =>
      findIn(ast, checker).map(({ node, message }) => ({
        file: path,
        line: ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1,
        message,
      }))
    );
  } finally {
    await packages.remove();
  }
}

function findIn(
  ast: ts.SourceFile,
  checker: ts.TypeChecker,
): { readonly node: ts.Node; readonly message: string }[] {
  const found: { readonly node: ts.Node; readonly message: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && isFloating(checker, node.expression)) {
      found.push({
        node,
        message: "nobody waits for this promise: await it, or handle its failure",
      });
    }
    const condition = conditionOf(node);
    if (condition !== undefined && isPromiseAsCondition(checker, condition)) {
      found.push({ node: condition, message: "a promise as a condition is always true" });
    }
    for (const callback of callbacksAt(node)) {
      if (isAsyncForVoid(checker, callback)) {
        const message = "an async function, where nothing is expected back: nobody sees it fail";
        found.push({ node: callback, message });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

if (import.meta.main) {
  Deno.exit(report(await checkPromises(Deno.args[0] ?? Deno.cwd())));
}
