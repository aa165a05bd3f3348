import ts from "typescript";
import { mayBeThenable } from "./thenable.ts";

/**
 * Whether the value of a statement's expression is a promise that nobody waits for, so that its
 * failure would end the process as an unhandled rejection.
 */
export function isFloating(checker: ts.TypeChecker, expression: ts.Expression): boolean {
  const node = withoutParentheses(expression);
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    // What is assigned is kept, and its keeper's business.
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return false;
    return isFloating(checker, node.left) || isFloating(checker, node.right);
  }
  if (ts.isConditionalExpression(node)) {
    return isFloating(checker, node.whenTrue) || isFloating(checker, node.whenFalse);
  }
  if (ts.isVoidExpression(node) || ts.isAwaitExpression(node)) return false;
  const type = checker.getTypeAtLocation(node);
  if (!mayBeThenable(checker, type)) return isArrayOfThenables(checker, type);
  return !isHandled(checker, node);
}

/** `x.catch(handler)`, `x.then(handler, handler)`, and either of them before a `.finally(…)`. */
function isHandled(checker: ts.TypeChecker, node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression: receiver } = node.expression;
  switch (name.text) {
    case "catch":
      return isHandler(checker, node.arguments[0]);
    case "then":
      return isHandler(checker, node.arguments[1]);
    case "finally":
      return isHandled(checker, withoutParentheses(receiver));
    default:
      return false;
  }
}

function isHandler(checker: ts.TypeChecker, argument: ts.Expression | undefined): boolean {
  if (argument === undefined) return false;
  const type = checker.getTypeAtLocation(argument);
  return (type.flags & ts.TypeFlags.Any) !== 0 || type.getCallSignatures().length > 0;
}

function isArrayOfThenables(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (!checker.isArrayType(type) && !checker.isTupleType(type)) return false;
  return checker.getTypeArguments(type as ts.TypeReference)
    .some((element) => mayBeThenable(checker, element));
}

function withoutParentheses(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression)
    ? withoutParentheses(expression.expression)
    : expression;
}
