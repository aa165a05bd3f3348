/** How many tests did what. A step counts as a test; what `--filter` leaves out counts as skipped. */
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
  // In attributes and texts `<` is written `&lt;`, so this finds elements only.
  const count = (element: string) =>
    (report ?? "").match(new RegExp(`<${element}[ />]`, "g"))?.length ?? 0;
  const skipped = count("skipped");
  const failed = count("failure") + count("error");
  const counts = { passed: count("testcase") - failed - skipped, failed, skipped };
  if (run.code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
