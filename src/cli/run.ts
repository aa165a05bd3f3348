import { join } from "node:path";
import { type App, startApp } from "../app.ts";
import { FileWatch } from "../app/file_watch.ts";
import { isCredentialOf, loadRules } from "../app/load_rules.ts";
import { openPlaceholderKey } from "../app/placeholder_key.ts";
import { placeholdersFor } from "../app/placeholders_for.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { clientEnvironment } from "../clients/client_environment.ts";
import type { Config } from "../config/config.ts";
import { openLogFile } from "../observe/log_file.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { StartError } from "../secrets/start_error.ts";
import { CredentialSearch } from "../services/credential_search.ts";
import { childEnvironment } from "./child_environment.ts";
import { complain, FAILED } from "./complain.ts";
import { ChildError, runChild } from "./run_child.ts";
import { findRunningProxy } from "./running_proxy.ts";
import { configFileOf, readConfig, type StartFlags } from "./start_options.ts";
import { urlWithToken } from "./url_with_token.ts";
import { writeLine } from "./write_line.ts";

/** Where clients reach a proxy, and how it ends. */
interface UsedProxy {
  readonly url: string;
  readonly isOurs: boolean;
  /** What stands in the place of its credentials. */
  readonly placeholders: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/**
 * `auth-proxy run`: runs a program behind a proxy that is started for it, or that runs already: without
 * the credentials, with placeholders in their place, and with what it takes to trust the proxy.
 *
 * The program runs as the same user and could read what we read: it is helped, not confined.
 *
 * @returns The program's exit status, or what a shell exits with if it cannot be run.
 */
export async function runRun(command: readonly string[], flags: StartFlags): Promise<number> {
  let used: UsedProxy | undefined;
  try {
    const config = await configForRun(flags);
    const parent = Deno.env.toObject();
    const { publicFolder, ruleSet, placeholders: own } = await prepare(config, parent);
    used = await useProxy(config, { flags, parent, ruleSet, placeholders: own });
    const { url: proxyUrl, placeholders } = used;
    const { patterns } = new CredentialSearch(ruleSet);
    const encoder = new TextEncoder();
    const { environment, removed } = childEnvironment(parent, {
      isCredential: isCredentialOf(config),
      holdsCredential: (text) => patterns.find(encoder.encode(text)).matches.length > 0,
      given: clientEnvironment({ proxyUrl, publicFolder, placeholders }),
    });
    report(used, { removed, command });
    return await runChild(command, environment);
  } catch (error) {
    if (error instanceof StartError) return complain(error.problems);
    writeLine(Deno.stderr, `auth-proxy: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof ChildError ? error.status : FAILED;
  } finally {
    await used?.stop();
  }
}

/**
 * What is said nowhere is what suits one program: its terminal is left alone, and nobody waits long for
 * what it has left open.
 */
async function configForRun(flags: StartFlags): Promise<Config> {
  const { config, problems } = await readConfig(flags);
  if (problems.length > 0) throw new StartError(problems);
  const { settings, caDir } = config;
  const auditFile = join(caPaths(caDir).privateFolder, "run-audit.jsonl");
  return {
    ...config,
    ...(settings.drainTimeout === undefined ? { drainTimeout: 1000 } : {}),
    ...(settings.auditFile === undefined ? { audit: { ...config.audit, file: auditFile } } : {}),
  };
}

async function prepare(config: Config, environment: Readonly<Record<string, string>>) {
  const problems: StartError["problems"][number][] = [];
  const { ruleSet } = await loadRules(config, { environment, problems });
  if (problems.length > 0) throw new StartError(problems);
  const { publicFolder } = caPaths(config.caDir);
  const placeholders = placeholdersFor(ruleSet, await openPlaceholderKey(config));
  return { ruleSet, publicFolder, placeholders };
}

async function useProxy(
  config: Config,
  { flags, parent, ruleSet, placeholders }: {
    flags: StartFlags;
    parent: Readonly<Record<string, string>>;
    ruleSet: RuleSet;
    placeholders: ReadonlyMap<string, string>;
  },
): Promise<UsedProxy> {
  const running = await findRunningProxy(config, ruleSet);
  if (running !== undefined) {
    if (saysNothing(config, ruleSet)) {
      const { url, placeholders } = running;
      return { url, placeholders, isOurs: false, stop: () => Promise.resolve() };
    }
    if (config.settings.listen !== undefined) {
      throw new StartError([{
        where: "--listen",
        message: "a proxy with a configuration of its own runs there: give no credentials and no " +
          "options beside to use that one, or --listen 127.0.0.1:0 for one with these",
      }]);
    }
  }
  const app = await startForRun(flags, parent);
  return { url: await urlOf(app), placeholders, isOurs: true, stop: () => app.stop() };
}

/** What tells which proxy is meant, and not what it does. */
const addressSettings: ReadonlySet<string> = new Set(["caDir", "listen", "agentTokenFile"]);

/** Whether a proxy that runs already is all that can be meant: its policy would be another than ours. */
function saysNothing({ settings, written }: Config, { rules }: RuleSet): boolean {
  return rules.length === 0 && written.size === 0 &&
    Object.keys(settings).every((name) => addressSettings.has(name));
}

/** Starts a proxy on free ports, unless they were named. */
async function startForRun(
  flags: StartFlags,
  environment: Readonly<Record<string, string>>,
): Promise<App> {
  const configFile = configFileOf(flags, environment);
  const configFiles = configFile === undefined ? [] : [configFile];
  const configStates = await FileWatch.statesOf({ paths: configFiles, folders: [] });
  const read = async () => {
    const config = await configForRun(flags);
    const anyPort = { hostname: "127.0.0.1", port: 0 };
    return {
      ...config,
      ...(config.settings.listen === undefined ? { listen: anyPort } : {}),
      ...(config.settings.admin === undefined ? { admin: anyPort } : {}),
    };
  };
  const config = await read();
  const log = await openLogFile(join(caPaths(config.caDir).privateFolder, "run.log"), config);
  const app = await startApp(config, {
    ...{ log, environment, reread: read, configFiles, configStates },
    runsPrograms: true,
  });
  await app.trustKit;
  return app;
}

async function urlOf({ proxyUrl, agentTokenFile, demandsIdentity }: App): Promise<string> {
  if (agentTokenFile === undefined) {
    if (!demandsIdentity) return proxyUrl;
    throw new StartError([{
      where: "--agent-token-file",
      message:
        "there are agents, so the proxy demands a token of its clients: name the file of one",
    }]);
  }
  return urlWithToken(proxyUrl, (await Deno.readTextFile(agentTokenFile)).trim());
}

/** One line for the person at the terminal. */
function report(
  { url, isOurs, placeholders }: UsedProxy,
  { removed, command }: {
    removed: readonly string[];
    command: readonly string[];
  },
): void {
  const { host } = new URL(url);
  const held = [...placeholders.keys()].sort().join(", ");
  writeLine(
    Deno.stderr,
    [
      `auth-proxy: ${command[0]} goes through ${host}${isOurs ? "" : ", which runs already"};`,
      held === "" ? "no credential is configured" : `placeholders for ${held}`,
      ...(removed.length === 0 ? [] : [`; removed: ${removed.join(", ")}`]),
    ].join(" ").replace(" ;", ";"),
  );
}
