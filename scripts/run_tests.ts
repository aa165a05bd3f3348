/**
 * Runs the tests and ends with one line, `N passed, N failed, N skipped`.
 *
 * Run: `./scripts/deno task test [ARG…]`, where each ARG is one of `deno test`: a file, a folder,
 * `--filter TEXT`. The exit code is that of `deno test`.
 *
 * @module
 */

import { runDeno } from "./run_command.ts";
import { formatCounts, readCounts, type TestCounts } from "./test_counts.ts";

/** So many files at a time: a test waits for others about a third of its time (measured). */
const JOBS = navigator.hardwareConcurrency + 1;

/** The outcome of one run of `deno test`. */
export interface TestRun {
  readonly code: number;
  readonly counts: TestCounts;
}

/**
 * Runs `deno test` with everything allowed, files in parallel, types unchecked: that is a check of its
 * own in the gate, and one wrong type should not hide the outcome of every test.
 *
 * @param env Variables on top of our own.
 */
export async function runTests(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestRun> {
  const folder = await Deno.makeTempDir({ prefix: "auth-proxy-test-" });
  const report = `${folder}/junit.xml`;
  try {
    const code = await runDeno([
      "test",
      "--frozen",
      "--no-check",
      "--no-prompt",
      "--allow-all",
      "--parallel",
      `--junit-path=${report}`,
      ...args,
    ], { DENO_JOBS: String(JOBS), ...env });
    return { code, counts: readCounts(await readIfThere(report), { code }) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const { code, counts } = await runTests(Deno.args);
  console.log(formatCounts(counts));
  Deno.exit(code);
}
