import { differentialTarget, noVerdicts } from "../../tests/fuzz_targets/differential_target.ts";
import { type FuzzTarget, reportFailure } from "../../tests/fuzz_targets/fuzz_target.ts";
import { wireTargets } from "../../tests/fuzz_targets/wire_targets.ts";
import { ChildWitness } from "../../tests/hostile/witness.ts";
import { findTool } from "../../tests/support/tools.ts";
import { type FuzzOptions, maxSeed } from "./options.ts";

/** How long one property runs before the next has its turn. */
const sliceMs = 500;

/**
 * Fuzzes until the time is over or a property fails.
 *
 * The round r of a run with seed S uses the seed S + r: `--seed` with the seed that a failure prints
 * meets the same counterexample in its first round.
 *
 * @returns The exit code.
 */
export async function runFuzz({ seconds, seed, only }: FuzzOptions): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const verdicts = noVerdicts();
  const all = [...wireTargets];
  const node = findTool("node");
  if (node === undefined) console.log("same-reading-by-llhttp: skipped, node is not installed");
  else {
    const witness = stack.use(await ChildWitness.llhttp(node));
    all.push(differentialTarget("llhttp", { witness, verdicts }));
  }
  const targets = all.filter(({ name }) => only === undefined || name === only);
  if (targets.length === 0) {
    console.error(
      `No property is called ${only}. There are: ${all.map(({ name }) => name).join(", ")}`,
    );
    return 2;
  }
  console.log(`seed ${seed}, ${seconds} s, ${targets.length} properties`);
  const counts = new Map(targets.map(({ name }) => [name, 0]));
  const failure = await runRounds(targets, {
    counts,
    until: performance.now() + seconds * 1000,
    seed,
  });
  for (const [name, count] of counts) console.log(`${String(count).padStart(9)}  ${name}`);
  if (Object.values(verdicts).some((count) => count > 0)) {
    console.log(`llhttp: ${JSON.stringify(verdicts)}`);
  }
  if (failure === undefined) return 0;
  console.error(failure);
  return 1;
}

/** @returns The report of the first failure, if there is one before `until`. */
async function runRounds(
  targets: readonly FuzzTarget[],
  { counts, until, seed }: { counts: Map<string, number>; until: number; seed: number },
): Promise<string | undefined> {
  for (let round = 0; performance.now() < until; round++) {
    for (const target of targets) {
      const left = until - performance.now();
      if (left <= 0) break;
      const roundSeed = (seed + round) & maxSeed;
      const details = await target.check({
        seed: roundSeed,
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: Math.min(sliceMs, left),
        markInterruptAsFailure: false,
      });
      counts.set(target.name, (counts.get(target.name) ?? 0) + details.numRuns);
      if (!details.failed) continue;
      return `FAILED ${target.name}\n${await reportFailure(details)}\n` +
        `Again: ./scripts/deno task fuzz --only ${target.name} --seed ${roundSeed}`;
    }
  }
  return undefined;
}
