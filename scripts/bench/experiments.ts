import { connections, latency } from "./client_experiments.ts";
import type { Experiment } from "./experiment.ts";
import { guards } from "./guards_experiment.ts";
import { http2 } from "./http2_experiment.ts";
import { footprint, memory } from "./memory_experiments.ts";
import { requests, requests256, sizes } from "./request_experiments.ts";
import { rules } from "./rules_experiment.ts";
import { startup } from "./startup_experiment.ts";
import { download, tunnel, upload } from "./transfer_experiments.ts";

const all: readonly Experiment[] = [
  requests,
  requests256,
  latency,
  connections,
  download,
  upload,
  tunnel,
  rules,
  guards,
  http2,
  sizes,
  startup,
  footprint,
  memory,
];

/**
 * What to measure: what is asked for, else everything that does not have to be asked for.
 *
 * @param only Names separated by commas, or `all`.
 * @throws {Error} if there is none of that name.
 */
export function selectExperiments(
  { only, quick }: { readonly only?: string; readonly quick: boolean },
): Experiment[] {
  if (only === undefined) {
    return quick ? [requests] : all.filter(({ onRequest }) => onRequest === undefined);
  }
  const wanted = only.split(",").map((name) => name.trim());
  if (wanted.includes("all")) return [...all];
  const unknown = wanted.find((name) => !all.some((experiment) => experiment.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot measure "${unknown}": there are all, ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  return all.filter(({ name }) => wanted.includes(name));
}

/** A line for each. */
export function experimentHelp(): string {
  return all.map(({ name, about, onRequest }) =>
    `  ${name.padEnd(12)} ${about}${onRequest === undefined ? "" : "; only if named"}`
  ).join("\n");
}
