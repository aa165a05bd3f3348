import ts from "typescript";
import { isAlwaysThenable, mayBeThenable, partsOf } from "./thenable.ts";

/** The expression whose truth decides something at this node. */
export function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    return node.expression;
  }
  if (ts.isForStatement(node) || ts.isConditionalExpression(node)) return node.condition;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return node.operand;
  }
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const decides = kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      kind === ts.SyntaxKind.BarBarToken;
    return decides ? node.left : undefined;
  }
  return undefined;
}

/** Whether a condition is a promise, and so always true. */
export function isPromiseAsCondition(checker: ts.TypeChecker, condition: ts.Expression): boolean {
  return isAlwaysThenable(checker, checker.getTypeAtLocation(condition));
}

/** The functions that a call or an object literal hands to somebody at this node. */
export function callbacksAt(node: ts.Node): readonly ts.Expression[] {
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    return (node.arguments ?? []).filter((argument) => !ts.isSpreadElement(argument));
  }
  return ts.isPropertyAssignment(node) ? [node.initializer] : [];
}

/**
 * Whether the function returns a promise to somebody who expects nothing back, and who will
 * therefore not see it fail.
 */
export function isAsyncForVoid(checker: ts.TypeChecker, callback: ts.Expression): boolean {
  const returnsPromise = checker.getTypeAtLocation(callback).getCallSignatures()
    .some((signature) => mayBeThenable(checker, signature.getReturnType()));
  if (!returnsPromise) return false;
  const expected = checker.getContextualType(callback);
  if (expected === undefined) return false;
  const returned = partsOf(checker, expected)
    .flatMap((part) => part.getCallSignatures())
    .map((signature) => signature.getReturnType());
  return returned.length > 0 &&
    returned.every((type) => (type.flags & ts.TypeFlags.Void) !== 0);
}
