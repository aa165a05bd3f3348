import assert from "node:assert/strict";
import { formatCounts, readCounts } from "../../scripts/test_counts.ts";

Deno.test("formatCounts() writes the last line of a run", () => {
  assert.equal(
    formatCounts({ passed: 12, failed: 0, skipped: 3 }),
    "12 passed, 0 failed, 3 skipped",
  );
});

Deno.test("readCounts() counts cases by their outcome, and errors as failures", () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="9" failures="1" errors="1" time="0.007">
    <testsuite name="./a_test.ts" tests="9" disabled="4" errors="1" failures="1">
        <testcase name="&lt;testcase name=&quot;x&quot;&gt;&lt;skipped/&gt;" time="0.000">
        </testcase>
        <testcase name="b" time="0.000">
            <skipped/>
        </testcase>
        <testcase name="c" time="0.000">
            <failure message="Error: &lt;error/&gt;">Error: &lt;failure message
    at file:///c_test.ts</failure>
        </testcase>
    </testsuite>
    <testsuite name="./b_test.ts" tests="2" disabled="0" errors="1" failures="0">
        <testcase name="d" time="0.000">
            <error message="Cancelled"/>
        </testcase>
        <testcase name="e" time="0.000">
        </testcase>
    </testsuite>
</testsuites>`;
  assert.deepEqual(readCounts(report, { code: 1 }), { passed: 2, failed: 2, skipped: 1 });
});

Deno.test("readCounts() never reports a failed run without a failure", () => {
  const empty = `<testsuites name="deno test" tests="0" failures="0" errors="0" time="0.0">`;
  assert.deepEqual(readCounts(empty, { code: 1 }), { passed: 0, failed: 1, skipped: 0 });
  assert.deepEqual(readCounts(undefined, { code: 1 }), { passed: 0, failed: 1, skipped: 0 });
});
