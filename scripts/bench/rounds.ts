import type { RunningContender } from "./contender.ts";
import { type Bench, type Experiment, isSlow } from "./experiment.ts";
import { measureRequests } from "./request_load.ts";
import { verifyContender, verifyUpstream } from "./verify.ts";

/** Before the first round: what compiles as it runs is measured once it has. */
const warmUpSeconds = 1.2;

/**
 * Starts and verifies all contenders, and measures them round by round.
 *
 * @returns the contenders, which the lab stops.
 * @throws {Error} if one does not start, does not inject, or loses a request.
 */
export async function runRounds(
  setting: Omit<Bench, "running">,
  { experiments, rounds }: {
    readonly experiments: readonly Experiment[];
    readonly rounds: number;
  },
): Promise<RunningContender[]> {
  await verifyUpstream(setting);
  const running: RunningContender[] = [];
  for (const contender of setting.contenders) {
    const started = await contender.start(setting);
    await verifyContender(started, setting);
    running.push(started);
    console.error(`${started.name} is up and injects`);
  }
  const bench: Bench = { ...setting, running };
  for (const contender of running) {
    const load = { path: "/small", connections: 32, warmUpSeconds, seconds: 0.5 };
    if (!isSlow(bench, contender.name)) await measureRequests(contender, { setting, load });
  }
  for (let round = 0; round < rounds; round++) {
    for (const experiment of experiments) {
      if (round >= (experiment.rounds ?? rounds)) continue;
      const start = performance.now();
      await experiment.run(bench, round);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.error(`round ${round + 1} of ${rounds}: ${experiment.name} took ${seconds} s`);
    }
  }
  return running;
}
