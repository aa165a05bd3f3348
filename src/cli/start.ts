import { type App, startApp } from "../app.ts";
import { FileWatch } from "../app/file_watch.ts";
import type { Config } from "../config/config.ts";
import { formatListenAddress } from "../config/listen_address.ts";
import { openLog } from "../observe/log.ts";
import { StartError } from "../secrets/start_error.ts";
import { configFileOf, readConfig, type StartFlags } from "./start_options.ts";
import { startupReport } from "./startup_report.ts";
import { complain } from "./complain.ts";
import { writeLine } from "./write_line.ts";

/**
 * `auth-proxy start`: runs until it is told to stop.
 *
 * @returns The exit status: 0 after a drain, 2 for a configuration that cannot be run.
 */
export async function runStart(flags: StartFlags): Promise<number> {
  const configFile = configFileOf(flags, Deno.env.toObject());
  const configFiles = configFile === undefined ? [] : [configFile];
  const configStates = await FileWatch.statesOf({ paths: configFiles, folders: [] });
  const { config, problems } = await readConfig(flags);
  if (problems.length > 0) return complain(problems);
  const log = await openLog(config.logFormat);
  let app: App;
  try {
    app = await startApp(config, {
      log,
      environment: Deno.env.toObject(),
      reread: () => readAgain(flags),
      configFiles,
      configStates,
    });
  } catch (error) {
    if (error instanceof StartError) return complain(error.problems);
    throw error;
  }
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGHUP", () => void app.reload("SIGHUP"));
  }
  const stopped = stopOnSignal(app, () => log.info("stopping: finishing what is under way"));
  writeLine(Deno.stdout, readyLine(app));
  for (const line of startupReport(app)) {
    if (config.logFormat === "json") log.info(line);
    else writeLine(Deno.stderr, line);
  }
  await stopped;
  return 0;
}

function readyLine({ proxyUrl, adminUrl, ca, tlsUrl, transparent }: App): string {
  return [
    `ready proxy=${proxyUrl} admin=${adminUrl} ca=${ca.publicPath}`,
    ...(tlsUrl === undefined ? [] : [`tls=${tlsUrl}`]),
    ...transparent.map((address) =>
      `transparent=${formatListenAddress(address)}=${address.originalPort}`
    ),
  ].join(" ");
}

async function readAgain(flags: StartFlags): Promise<Config> {
  const { config, problems } = await readConfig(flags);
  if (problems.length > 0) throw new StartError(problems);
  return config;
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
