import ts from "typescript";
import type { Violation } from "../violation.ts";
import { layerOf, pureLayers } from "./layer_order.ts";
import { type SourceFile, type SourceTree, violationAt, walk } from "./source_tree.ts";

/** Globals that do I/O, tell the time, or lead to such. */
const impureGlobals = new Set([
  "Deno",
  "EventSource",
  "Function",
  "Temporal",
  "WebSocket",
  "Worker",
  "alert",
  "caches",
  "clearInterval",
  "clearTimeout",
  "confirm",
  "console",
  "eval",
  "fetch",
  "global",
  "globalThis",
  "localStorage",
  "navigator",
  "performance",
  "process",
  "prompt",
  "queueMicrotask",
  "require",
  "self",
  "sessionStorage",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

/** Members of otherwise pure globals that depend on the time or on chance. */
const impureMembers: Readonly<Record<string, readonly string[]>> = {
  AbortSignal: ["timeout"],
  Date: ["now"],
  Math: ["random"],
  crypto: ["getRandomValues", "randomUUID"],
};

/** Checks that a file of a pure layer uses no global with I/O, a clock or chance. */
export function checkPurity(tree: SourceTree, file: SourceFile): Violation[] {
  const layer = layerOf(file.path);
  if (layer === undefined || !pureLayers.has(layer)) return [];
  const violations: Violation[] = [];
  walk(file.ast, (node) => {
    if (!ts.isIdentifier(node) || !isValueUse(node) || tree.isLocal(node)) return;
    const use = impureUse(node);
    if (use !== undefined) {
      violations.push(violationAt(file, node, `${layer} is pure and may not use ${use}`));
    }
  });
  return violations;
}

/** The text of an impure use that starts at this global, or undefined. */
function impureUse(identifier: ts.Identifier): string | undefined {
  const name = identifier.text;
  if (impureGlobals.has(name)) return name;
  const members = impureMembers[name];
  const { parent } = identifier;
  if (members !== undefined) {
    const member = memberName(identifier);
    // A global that is passed on, or indexed with something computed, hides which member is used.
    const isPlainUse = ts.isNewExpression(parent) || isInstanceof(parent);
    if (member !== undefined ? members.includes(member) : !isPlainUse) {
      return member === undefined ? `${name} as a value` : `${name}.${member}`;
    }
  }
  if (name === "Date" && ts.isNewExpression(parent) && (parent.arguments ?? []).length === 0) {
    return "new Date() without a time";
  }
  return undefined;
}

function memberName(identifier: ts.Identifier): string | undefined {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === identifier) {
    return parent.name.text;
  }
  if (ts.isElementAccessExpression(parent) && ts.isStringLiteralLike(parent.argumentExpression)) {
    return parent.argumentExpression.text;
  }
  return undefined;
}

function isInstanceof(node: ts.Node): boolean {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;
}

/** False for names that are not a variable's: members, labels, property keys, and types. */
function isValueUse(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) return false;
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeElement(parent)) return false;
  if (ts.isPropertyAssignment(parent) && parent.name === identifier) return false;
  if (ts.isBindingElement(parent) && parent.propertyName === identifier) return false;
  if (ts.isClassElement(parent) && parent.name === identifier) return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return true;
}
