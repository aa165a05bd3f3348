/**
 * The gate: every check and every test, all of them even after one has failed.
 *
 * Run: `./scripts/deno task ok`. Ends with one line, `N passed, N failed, N skipped`, in which each
 * check counts as a test, and exits 1 unless everything passed.
 *
 * @module
 */

import { runDeno } from "./run_command.ts";
import { runTests } from "./run_tests.ts";
import { formatCounts } from "./test_counts.ts";

const checks: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--frozen", "--quiet", "."] },
  { name: "layers", args: ["run", "--frozen", "--allow-all", "scripts/check_layers.ts"] },
  { name: "promises", args: ["run", "--frozen", "--allow-all", "scripts/check_promises.ts"] },
];

let passed = 0;
let failed = 0;
for (const { name, args } of checks) {
  const code = await runDeno(args);
  console.log(`check ${name}: ${code === 0 ? "passed" : "FAILED"}`);
  if (code === 0) passed++;
  else failed++;
}

const { counts } = await runTests([]);
console.log(formatCounts({
  passed: counts.passed + passed,
  failed: counts.failed + failed,
  skipped: counts.skipped,
}));
Deno.exit(counts.failed + failed === 0 ? 0 : 1);
