/**
 * The gate: every check and every test, all of them even after one has failed; the end-to-end tests
 * against the executable, as that is what users download.
 *
 * Run: `./scripts/deno task ok`. Ends with one line, `N passed, N failed, N skipped`, in which each
 * check counts as a test, and exits 1 unless everything passed.
 *
 * @module
 */

import { runDeno } from "./run_command.ts";
import { runTests } from "./run_tests.ts";
import { formatCounts, type TestCounts } from "./test_counts.ts";

const checks: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--frozen", "--quiet", "."] },
  { name: "layers", args: ["run", "--frozen", "--allow-all", "scripts/check_layers.ts"] },
  { name: "promises", args: ["run", "--frozen", "--allow-all", "scripts/check_promises.ts"] },
];

let passed = 0;
let failed = 0;
let skipped = 0;
for (const { name, args } of checks) {
  const code = await runDeno(args);
  console.log(`check ${name}: ${code === 0 ? "passed" : "FAILED"}`);
  if (code === 0) passed++;
  else failed++;
}

const runs: TestCounts[] = [(await runTests(["--ignore=tests/e2e"])).counts];

const cache = await Deno.makeTempDir({ prefix: "auth-proxy-executable-" });
try {
  const compiled = await runDeno(["run", "--frozen", "--allow-all", "scripts/compile.ts"]);
  console.log(`check compile: ${compiled === 0 ? "passed" : "FAILED"}`);
  if (compiled === 0) {
    passed++;
    const { counts } = await runTests(["tests/e2e"], {
      AUTH_PROXY_BIN: await Deno.realPath("dist/auth-proxy"),
      AUTH_PROXY_CACHE_DIR: cache,
    });
    runs.push(counts);
  } else failed++;
} finally {
  await Deno.remove(cache, { recursive: true });
}

for (const counts of runs) {
  passed += counts.passed;
  failed += counts.failed;
  skipped += counts.skipped;
}
console.log(formatCounts({ passed, failed, skipped }));
Deno.exit(failed === 0 ? 0 : 1);
