import type { Contender, Route, RunningContender, Setting } from "./contender.ts";
import type { Samples } from "./samples.ts";

/** What an experiment works with. */
export interface Bench extends Setting {
  readonly samples: Samples;
  /** What a reader of the figures must know. */
  readonly notes: Set<string>;
  /** All that were verified; they stay up for the whole run. */
  readonly running: readonly RunningContender[];
  /** How to start another one of each. */
  readonly contenders: readonly Contender[];
}

/** One thing that is measured, for every contender, once a round. */
export interface Experiment {
  readonly name: string;
  /** In a few words, for the help. */
  readonly about: string;
  /** In how many rounds at most; in all of them by default. */
  readonly rounds?: number;
  /** It takes long, and runs only if it is asked for. */
  readonly onRequest?: true;
  run(bench: Bench, round: number): Promise<void>;
}

/** Somewhere to send requests to; no process if there is no proxy. */
export interface Place {
  readonly name: string;
  readonly pid?: number;
  readonly route: Route;
}

/** The same ones in another order each round, so that none always follows the same other. */
export function rotated<Item>(items: readonly Item[], round: number): Item[] {
  const first = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Whether this contender is one that gets longer to warm up, and less to do. */
export function isSlow({ contenders }: Bench, name: string): boolean {
  return contenders.some((contender) => contender.name === name && contender.slow === true);
}

/** Does `work`, and says whose it was if it fails. */
export async function measuring<Result>(
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot measure ${name}: ${reason}`, { cause });
  }
}
