import fc from "fast-check";

/**
 * One property, written once: the tests run it a few hundred times, scripts/fuzz.ts for as long as it
 * is told.
 */
export interface FuzzTarget {
  /** A name for `--only`: words joined by hyphens. */
  readonly name: string;
  /** Tries it; the details say how often, and hold the shrunk counterexample if there is one. */
  check(parameters: fc.Parameters<unknown>): Promise<fc.RunDetails<unknown>>;
}

/** Makes a target of values and of what must hold for each: `hold` throws where it does not. */
export function fuzzTarget<T>(
  name: string,
  parts: {
    readonly values: fc.Arbitrary<T>;
    readonly hold: (value: T) => void | Promise<void>;
  },
): FuzzTarget {
  const property = fc.asyncProperty(parts.values, async (value) => {
    await parts.hold(value);
  });
  return {
    name,
    check: async (parameters) =>
      await fc.check(property, parameters as fc.Parameters<[T]>) as fc.RunDetails<unknown>,
  };
}

/** Tries the target that often. @throws {Error} with seed and shrunk counterexample on a failure. */
export async function assertTarget(target: FuzzTarget, numRuns: number): Promise<void> {
  const details = await target.check({ numRuns });
  if (!details.failed) return;
  throw new Error(await reportFailure(details), { cause: details.errorInstance });
}

/** Seed, path, shrunk counterexample and what did not hold for it. */
export async function reportFailure(details: fc.RunDetails<unknown>): Promise<string> {
  return `${await fc.asyncDefaultReportMessage(details)}\n\n${details.errorInstance}`;
}
