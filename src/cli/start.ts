import { resolve } from "node:path";
import { type App, defaultLimits, startApp } from "../app.ts";
import type { FileConfig } from "../config/config_file.ts";
import { type Flags, readFlags } from "../config/read_flags.ts";
import { openLog } from "../observe/log.ts";
import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { startupReport } from "./startup_report.ts";
import { writeLine } from "./write_line.ts";

const BAD_CONFIGURATION = 2;

/**
 * `auth-proxy start`: runs until it is told to stop.
 *
 * @returns The exit status: 0 after a drain, 2 for a configuration that cannot be run.
 */
export async function runStart(flags: Flags & { config?: string }): Promise<number> {
  const fromFile = flags.config === undefined ? undefined : await readFile(flags.config);
  const { config, problems } = readFlags({ ...flags, caDir: resolve(flags.caDir) }, {
    defaultLimits,
    ...(fromFile === undefined ? {} : { file: fromFile.file }),
  });
  if (fromFile !== undefined) problems.unshift(...fromFile.problems);
  if (problems.length > 0) return complain(problems);
  const log = await openLog(config.logFormat);
  let app: App;
  try {
    app = await startApp(config, { log, environment: Deno.env.toObject() });
  } catch (error) {
    if (error instanceof StartError) return complain(error.problems);
    throw error;
  }
  const stopped = stopOnSignal(app, () => log.info("stopping: finishing what is under way"));
  writeLine(
    Deno.stdout,
    `ready proxy=${app.proxyUrl} admin=${app.adminUrl} ca=${app.ca.publicPath}` +
      (app.tlsUrl === undefined ? "" : ` tls=${app.tlsUrl}`),
  );
  for (const line of startupReport(app)) {
    if (config.logFormat === "json") log.info(line);
    else writeLine(Deno.stderr, line);
  }
  await stopped;
  return 0;
}

async function readFile(path: string): Promise<{ file: FileConfig; problems: Problem[] }> {
  const { readConfigFile } = await import("../config/config_file.ts");
  return await readConfigFile(path);
}

function complain(problems: readonly Problem[]): number {
  for (const { where, message } of problems) {
    writeLine(Deno.stderr, `auth-proxy: ${where}: ${message}`);
  }
  return BAD_CONFIGURATION;
}

/** Resolves when the first signal's drain is over; the second signal ends the process at once. */
function stopOnSignal(app: App, onStop: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let stopping = false;
  function onSignal(): void {
    if (stopping) Deno.exit(1);
    stopping = true;
    onStop();
    app.stop().then(resolve, reject);
  }
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
  return promise;
}
