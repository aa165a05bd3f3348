/**
 * Runs the property tests of the wire, and the differential one against llhttp, round robin for a while.
 *
 * Run: `./scripts/deno task fuzz --seconds N [--seed S] [--only NAME]`. Prints how often each property
 * was tried, and the seed. Exits 1 with the shrunk counterexample at the first failure, 2 on arguments
 * that it cannot read.
 *
 * @module
 */

import { type FuzzOptions, parseFuzzOptions } from "./fuzz/options.ts";
import { runFuzz } from "./fuzz/run_fuzz.ts";

async function main(): Promise<number> {
  let options: FuzzOptions;
  try {
    options = parseFuzzOptions(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  return await runFuzz(options);
}

if (import.meta.main) Deno.exit(await main());
