import assert from "node:assert/strict";
import { formatCounts, readCounts } from "../../scripts/test_counts.ts";

Deno.test("formatCounts() writes the last line of a run", () => {
  assert.equal(
    formatCounts({ passed: 12, failed: 0, skipped: 3 }),
    "12 passed, 0 failed, 3 skipped",
  );
});

Deno.test("readCounts() adds up the files, and counts errors as failures", () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="9" failures="2" errors="1" time="0.007">
    <testsuite name="./a_test.ts" tests="6" disabled="2" errors="0" failures="2">
        <testcase name="&lt;testsuite tests=&quot;70&quot;&gt;" classname="./a_test.ts" time="0.000">
        </testcase>
    </testsuite>
    <testsuite name="./b tests=7 _test.ts" tests="3" disabled="0" errors="1" failures="0">
    </testsuite>
</testsuites>`;
  assert.deepEqual(readCounts(report, { code: 1 }), { passed: 4, failed: 3, skipped: 2 });
});

Deno.test("readCounts() never reports a failed run without a failure", () => {
  const empty = `<testsuites name="deno test" tests="0" failures="0" errors="0" time="0.0">`;
  assert.deepEqual(readCounts(empty, { code: 1 }), { passed: 0, failed: 1, skipped: 0 });
  assert.deepEqual(readCounts(undefined, { code: 1 }), { passed: 0, failed: 1, skipped: 0 });
});
