/**
 * Measures auth-proxy beside squid, mitmproxy and nginx, on this machine.
 *
 * Run: `./scripts/deno task bench [--quick] [--only NAME,…] [--contenders NAME,…]`; `--help` lists what
 * is measured. Everything is on the loopback: nginx is the service that demands a credential, and
 * every proxy must be seen to put it in before it is measured. What is missing is named, with the
 * command that installs it. Nothing is left behind, also not after Ctrl-C.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import { dirname } from "node:path";
import { installed, missingTools, selectContenders } from "./bench/contenders.ts";
import { direct } from "./bench/direct.ts";
import type { Experiment } from "./bench/experiment.ts";
import { selectExperiments } from "./bench/experiments.ts";
import { judge } from "./bench/goals.ts";
import { Lab } from "./bench/lab.ts";
import { experimentHelp } from "./bench/experiments.ts";
import {
  describeMachine,
  renderReport,
  replaceBlock,
  type Report,
  reportJson,
} from "./bench/report.ts";
import { runRounds } from "./bench/rounds.ts";
import { Samples } from "./bench/samples.ts";
import { startUpstream } from "./bench/upstream.ts";

const BAD_USAGE = 2;
const INTERRUPTED = 130;

interface Options {
  readonly rounds: number;
  readonly only?: string;
  readonly contenders?: string;
  readonly quick: boolean;
  readonly dist: boolean;
  readonly json: string;
  readonly readme: boolean;
}

function readOptions(args: readonly string[]): Options {
  const program = new Command("bench")
    .description("Measure auth-proxy beside the proxies that are installed here.")
    .exitOverride()
    .option("--rounds <n>", "how often everything is measured; medians count", parseRounds, 3)
    .option("--only <names>", "what to measure, separated by commas; all is everything")
    .option("--contenders <names>", "whom to measure, separated by commas")
    .option("--quick", "only CPU per request and requests/s, in less than a minute", false)
    .option("--dist", "dist/auth-proxy too, beside the source", false)
    .option("--json <file>", "where the result is written", "dist/bench.json")
    .option("--readme", "put the table into docs/performance.md", false)
    .allowExcessArguments(false)
    .addHelpText("after", `\nMeasured:\n${experimentHelp()}`);
  return program.parse([...args], { from: "user" }).opts<Options>();
}

function parseRounds(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new Error(`Cannot run "${text}" rounds: write 1 to 99`);
  return Number(text);
}

async function bench(options: Options, signal: AbortSignal): Promise<Report> {
  const experiments: readonly Experiment[] = selectExperiments({
    ...options.only === undefined ? {} : { only: options.only },
    quick: options.quick,
  });
  const wanted = selectContenders({
    ...options.contenders === undefined ? {} : { names: options.contenders },
    dist: options.dist,
  });
  const missing = missingTools();
  if (missing.length > 0) throw new Error(`Cannot measure: ${missing.join("; ")}`);
  const { contenders, missing: absent } = installed(wanted);
  for (const line of absent) console.error(line);

  await using lab = await Lab.create(signal);
  const upstream = await startUpstream(lab);
  const samples = new Samples();
  const notes = new Set<string>();
  const versions: Record<string, string> = { upstream: `upstream ${upstream.version}` };
  for (const contender of contenders) versions[contender.name] = await contender.version(lab);
  const date = new Date().toISOString();
  const running = await runRounds({ lab, upstream, samples, notes, contenders }, {
    experiments,
    rounds: options.rounds,
  });
  const columns = [...running.map(({ name }) => name), direct];
  const [ours] = columns;
  return {
    date,
    machine: await describeMachine(),
    versions,
    rounds: options.rounds,
    samples,
    notes: [...notes],
    columns,
    // The goals are auth-proxy's.
    outcomes: ours?.startsWith("auth-proxy") ? judge(samples, { ours }) : [],
  };
}

/** Daemons are not on everyone's PATH; and a proxy of the user's is no way to the loopback. */
function prepareEnvironment(): void {
  Deno.env.set("PATH", `${Deno.env.get("PATH") ?? ""}:/usr/sbin`);
  Deno.env.set("NO_PROXY", "127.0.0.1");
}

/** Runs until it is done or interrupted; either way the lab is closed when this returns. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.readme && (options.quick || options.only !== undefined && options.only !== "all")) {
    throw new Error(
      "Cannot write the page's table from a part of it: leave out --only and --quick",
    );
  }
  prepareEnvironment();
  const controller = new AbortController();
  function interrupt(): void {
    controller.abort(new Error("interrupted"));
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, interrupt);
  }
  const report = await bench(options, controller.signal);
  console.log(renderReport(report));
  await Deno.mkdir(dirname(options.json), { recursive: true });
  await Deno.writeTextFile(options.json, reportJson(report));
  if (options.readme) await writeReadme(report);
  return 0;
}

async function writeReadme(report: Report): Promise<void> {
  const text = await Deno.readTextFile("docs/performance.md");
  await Deno.writeTextFile("docs/performance.md", replaceBlock(text, renderReport(report)));
  // The gate checks its format.
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "docs/performance.md"],
  }).output();
  if (!success) throw new Error("Cannot format docs/performance.md");
}

async function exitCode(): Promise<number> {
  try {
    return await main(Deno.args);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
    const message = error instanceof Error ? error.message : String(error);
    console.error(`bench: ${message}`);
    return message === "interrupted" ? INTERRUPTED : 1;
  }
}

Deno.exit(await exitCode());
