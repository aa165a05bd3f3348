import ts from "typescript";

/** Whether a value of the type may be a promise, or anything else that `await` would wait for. */
export function mayBeThenable(checker: ts.TypeChecker, type: ts.Type): boolean {
  return partsOf(checker, type).some((part) => isThenable(checker, part));
}

/** Whether every value of the type is a promise, so that a test of it is always true. */
export function isAlwaysThenable(checker: ts.TypeChecker, type: ts.Type): boolean {
  return partsOf(checker, type).every((part) => isThenable(checker, part));
}

/** The members of a union, or the type alone. */
export function partsOf(checker: ts.TypeChecker, type: ts.Type): readonly ts.Type[] {
  const apparent = checker.getApparentType(type);
  return apparent.isUnion() ? apparent.types : [apparent];
}

/** Has a `then` that takes a callback (ECMA-262, NewPromiseResolveThenableJob). */
function isThenable(checker: ts.TypeChecker, type: ts.Type): boolean {
  const then = type.getProperty("then");
  if (then === undefined) return false;
  return checker.getTypeOfSymbol(then).getCallSignatures().some((signature) => {
    const callback = signature.getParameters()[0];
    return callback !== undefined &&
      partsOf(checker, checker.getTypeOfSymbol(callback))
        .some((part) => part.getCallSignatures().length > 0);
  });
}
