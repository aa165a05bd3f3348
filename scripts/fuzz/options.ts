import { parseArgs } from "node:util";

/** What `scripts/fuzz.ts` is asked to do. */
export interface FuzzOptions {
  readonly seconds: number;
  /** 0 to 2^31 - 1. */
  readonly seed: number;
  /** The one property to run. */
  readonly only: string | undefined;
}

const defaultSeconds = 60;
export const maxSeed = 0x7fff_ffff;

/** @throws {Error} for an argument that is unknown or no number. */
export function parseFuzzOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
  });
  const seconds = Number(values.seconds ?? defaultSeconds);
  if (!(seconds > 0)) throw new Error(`Cannot fuzz for --seconds ${values.seconds}: not above 0`);
  const seed = Number(values.seed ?? Math.floor(Math.random() * maxSeed));
  if (!Number.isInteger(seed) || seed < 0 || seed > maxSeed) {
    throw new Error(`Cannot use --seed ${values.seed}: not an integer from 0 to ${maxSeed}`);
  }
  return { seconds, seed, only: values.only };
}
