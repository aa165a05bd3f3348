/** How many tests did what; a step counts as a test. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The line that ends every run of the tests. */
export function formatCounts(counts: TestCounts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}

/**
 * Reads the counts out of the JUnit report of `deno test`.
 *
 * A run that failed never has 0 failed: a module that throws is no test case, and a run that died has
 * no report at all, or half a one.
 *
 * @param report the XML, or undefined when there is none.
 * @param run the exit code of the runner.
 */
export function readCounts(report: string | undefined, run: { readonly code: number }): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  // Names of tests are attributes too, but in them `<` is written `&lt;`: this finds only elements.
  for (const [tag] of (report ?? "").matchAll(/<testsuite [^<]*>/g)) {
    const failed = attribute(tag, "failures") + attribute(tag, "errors");
    const skipped = attribute(tag, "disabled");
    counts.failed += failed;
    counts.skipped += skipped;
    counts.passed += attribute(tag, "tests") - failed - skipped;
  }
  if (run.code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function attribute(tag: string, name: string): number {
  return Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
}
