import ts from "typescript";
import type { Violation } from "../violation.ts";
import { type SourceFile, type SourceTree, violationAt, walk } from "./source_tree.ts";

/**
 * The files that may look into a secret (invariant I4): the one that puts them on requests, and the one
 * by which sources show them to the places that they obtain others from.
 */
const revealers: readonly string[] = ["src/policy/inject.ts", "src/secrets/source_credentials.ts"];

/** Checks that secrets are revealed in these files, and there alone. */
export function checkReveal(tree: SourceTree): Violation[] {
  const violations: Violation[] = [];
  for (const file of tree.files.values()) {
    const uses = usesOf(file, "reveal");
    if (!revealers.includes(file.path)) {
      for (const use of uses) {
        violations.push(
          violationAt(file, use, `a secret is revealed only in ${revealers.join(" and ")}`),
        );
      }
    } else if (uses.length === 0) {
      violations.push({ file: file.path, line: 1, message: "no secret is revealed here any more" });
    }
  }
  return violations;
}

/**
 * Checks that nothing turns off the verification of a certificate (invariant I7). In the options of a
 * server it says whether a client may do without a certificate: there it may be false.
 */
export function checkVerification(file: SourceFile): Violation[] {
  const violations: Violation[] = [];
  walk(file.ast, (node) => {
    if (isUnverified(node)) {
      violations.push(violationAt(file, node, "rejectUnauthorized is never anything but true"));
    }
  });
  return violations;
}

/** Accesses of a member by name: called, passed on, by index, or taken out by destructuring. */
function usesOf(file: SourceFile, name: string): ts.Node[] {
  const uses: ts.Node[] = [];
  walk(file.ast, (node) => {
    const isUse = ts.isPropertyAccessExpression(node)
      ? node.name.text === name
      : ts.isElementAccessExpression(node)
      ? isText(node.argumentExpression, name)
      : ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent) &&
        isText(node.propertyName ?? node.name, name);
    if (isUse) uses.push(node);
  });
  return uses;
}

function isUnverified(node: ts.Node): boolean {
  const option = "rejectUnauthorized";
  if (ts.isPropertyAssignment(node) && isText(node.name, option)) {
    if (isOfServer(node.parent)) return false;
    return node.initializer.kind !== ts.SyntaxKind.TrueKeyword;
  }
  if (ts.isShorthandPropertyAssignment(node)) return node.name.text === option;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const { left, right } = node;
    const isOption = (ts.isPropertyAccessExpression(left) && left.name.text === option) ||
      (ts.isElementAccessExpression(left) && isText(left.argumentExpression, option));
    return isOption && right.kind !== ts.SyntaxKind.TrueKeyword;
  }
  return false;
}

function isOfServer(options: ts.ObjectLiteralExpression): boolean {
  return options.properties.some((property) =>
    ts.isPropertyAssignment(property) && isText(property.name, "isServer") &&
    property.initializer.kind === ts.SyntaxKind.TrueKeyword
  );
}

/** The name of a property however it is written: bare, quoted, or quoted in brackets. */
function isText(node: ts.Node, text: string): boolean {
  if (ts.isComputedPropertyName(node)) return isText(node.expression, text);
  return (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && node.text === text;
}
